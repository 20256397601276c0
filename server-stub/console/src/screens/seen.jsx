// SPDX-License-Identifier: Apache-2.0
// What a device told of itself, by kind: processes, connections, listeners, exposure findings, bans. It is made of the newest
// records that the service has; what runs there just now, the device knows better.
import { bansOf } from '../bans.js';
import { useList } from '../load.js';
import { Card, Id, Severity, State, Table, Time } from '../parts.jsx';
import { processesOf, treeOf } from '../processes.js';
import { to } from '../route.js';
import { may } from '../session.js';

const NEWEST = 500;

/** The newest event of each thing, as `of` names it, without those that are over by it. */
function newest(events, of, isOver) {
	const seen = new Set();

	return events?.filter((e) => {
		const key = of(e);

		if (seen.has(key))
			return false;
		seen.add(key);
		return !isOver(e);
	});
}

/** A program and what it started. */
function Branch({ of, marked }) {
	return (
		<li>
			<span class={of.pid === marked ? 'process this' : 'process'}>
				<b class="mono">{of.image || of.name}</b> <span class="mono dim">{of.pid}</span> {of.user} {of.ended && <span class="tag">ended</span>}
				{of.args && <code>{of.args}</code>}
			</span>
			{of.children.length > 0 && <ul>{of.children.map((c) => <Branch key={c.pid} of={c} marked={marked} />)}</ul>}
		</li>
	);
}

/** `pid`: only what leads to it and what it started, it marked. */
export function Tree({ events, pid }) {
	const roots = treeOf(processesOf(events), pid);

	return (
		<ul class="tree">
			{roots.map((r) => <li key={r.pid}>{r.parent_image && <span class="dim mono">{r.ancestry || r.parent_image} ({r.ppid})</span>}<ul><Branch of={r} marked={pid} /></ul></li>)}
		</ul>
	);
}

function Processes({ id }) {
	const list = useList('/events', { device: id, kind: 'process', limit: NEWEST });

	if (!list.items?.length)
		return <Table list={list} columns={[]} label="Processes" empty="It has told of no process. With the sensor for processes built and on, it tells of each that begins." />;
	return <><p class="dim">As its newest {list.items.length} records of processes tell; those that run now: <code>caltrop local table process</code> there.</p><Tree events={list.items} /></>;
}

const connectionColumns = [
	{ name: 'When', cell: (e) => <Time at={e.time} /> },
	{ name: 'What', cell: ({ connection: c }) => <>{c.direction} <State of={c.action} /></> },
	{ name: 'From', class: 'mono', cell: ({ connection: c }) => <a href={to(['events'], { src: c.src })}>{c.src || c.src_ip}</a> },
	{ name: 'To', class: 'mono', cell: ({ connection: c }) => `${c.dst || c.dst_ip || ''} ${c.protocol} ${c.dst_port || ''}` },
	{ name: 'Program', class: 'mono', cell: ({ connection: c }) => c.image || c.name },
	{ name: 'User', cell: ({ connection: c }) => c.user },
	{ name: 'Times', class: 'number', cell: ({ connection: c }) => c.count || 1 },
];

const Connections = ({ id }) => (
	<Table list={useList('/events', { device: id, kind: 'connection', limit: 100 })} columns={connectionColumns} label="Connections" empty="It has told of no connection." />);

const listenerColumns = [
	{ name: 'Port', class: 'mono', cell: ({ listener: l }) => `${l.protocol} ${l.port}` },
	{ name: 'Address', class: 'mono', cell: ({ listener: l }) => l.addr || l.addr_ip },
	{ name: 'Service', cell: ({ listener: l }) => <>{l.service} {l.plain && <span class="badge tone-bad">unencrypted</span>}</> },
	{ name: 'Program', class: 'mono', cell: ({ listener: l }) => l.image || l.name },
	{ name: 'User', cell: ({ listener: l }) => l.user },
	{ name: 'Told', cell: (e) => <Time at={e.time} /> },
];

function Listeners({ id }) {
	const list = useList('/events', { device: id, kind: 'listener', limit: NEWEST });
	const items = newest(list.items, ({ listener: l }) => `${l.protocol} ${l.addr || l.addr_ip} ${l.port}`, ({ listener: l }) => l.action === 'closed');

	return <Table list={{ ...list, items }} columns={listenerColumns} label="Listeners" empty="It has told of nothing that listens." />;
}

const exposureColumns = [
	{ name: 'Level', cell: ({ exposure: x }) => <Severity of={x.level} /> },
	{ name: 'What', cell: ({ exposure: x }) => <><b>{x.id}</b> <span class="mono">{x.object}</span> {x.action === 'skipped' && <State of="not looked at" />}</> },
	{ name: 'Evidence', cell: ({ exposure: x }) => x.evidence },
	{ name: 'Remedy', cell: ({ exposure: x }) => x.remedy },
	{ name: 'Told', cell: (e) => <Time at={e.time} /> },
];

function Exposure({ id }) {
	const list = useList('/events', { device: id, kind: 'exposure', limit: NEWEST });
	const items = newest(list.items, ({ exposure: x }) => `${x.id} ${x.object}`, ({ exposure: x }) => x.action === 'fixed');

	return <Table list={{ ...list, items }} columns={exposureColumns} label="Exposure findings" empty="It has found nothing that invites an attacker, or has not looked yet: push the order audit." />;
}

function Bans({ id }) {
	const list = useList('/events', { device: id, kind: 'receipt', limit: NEWEST }, 'receipt');
	const columns = [
		{ name: 'Address', cell: (b) => <a class="mono" href={to(['events'], { src: b.addr })}>{b.addr}</a> },
		{ name: 'Since', cell: (b) => <Time at={b.time} /> },
		{ name: 'Until', cell: (b) => (b.expires ? <Time at={b.expires} /> : 'it is lifted') },
		{ name: 'By', cell: (b) => b.rule || b.origin },
		{ name: 'Why', cell: (b) => (b.incident ? <Id of={b.incident} path="incidents" /> : b.order && <Id of={b.order} path="orders" />) },
		{ name: '', cell: (b) => may('act') && <a href={to(['orders', 'new'], { verb: 'unban', addr: b.addr, device: id })}>Lift</a> },
	];

	return <Table list={{ ...list, more: null, items: list.items && bansOf(list.items) }} columns={columns} label="Bans" empty="It bans nobody, as its newest receipts tell." />;
}

/** By the name that the address has. */
export const seen = {
	processes: ['Processes', Processes], connections: ['Connections', Connections], listeners: ['Listeners', Listeners], exposure: ['Exposure findings', Exposure], bans: ['Bans', Bans],
};

export const Seen = ({ tab, id }) => {
	const [title, Part] = seen[tab];

	return <Card title={title} class="wide"><Part id={id} /></Card>;
};
