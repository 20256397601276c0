// SPDX-License-Identifier: Apache-2.0
// Search over records; the filters are the address, so a search can be sent to somebody.
import { useSignal } from '@preact/signals';
import { summary } from '../event.js';
import { useList } from '../load.js';
import { Choice, Device, Field, Form, Page, Severity, Table, Time } from '../parts.jsx';
import { go, route } from '../route.js';

const kinds = ['', 'auth', 'finding', 'receipt', 'health', 'process', 'connection', 'listener', 'file', 'account', 'module',
	'peripheral', 'session', 'packet', 'exposure', 'dropped'];

function What({ of }) {
	const open = useSignal(false);

	return (
		<details onToggle={(e) => { open.value = e.currentTarget.open; }}>
			<summary>{summary(of)}</summary>
			{open.value && <pre tabIndex={0}>{JSON.stringify(of[of.kind], null, 2)}</pre>}
		</details>
	);
}

const columns = [
	{ name: 'When', cell: (e) => <Time at={e.time} /> },
	{ name: 'Device', cell: (e) => <Device of={e} /> },
	{ name: 'Kind', cell: (e) => e.kind },
	{ name: 'Severity', cell: (e) => (e.severity && e.severity !== 'unset' ? <Severity of={e.severity} /> : '') },
	{ name: 'What', class: 'grow', cell: (e) => <What of={e} /> },
];

/** datetime-local says local time without a zone; the API wants UTC. */
const utc = (local) => (local ? new Date(local).toISOString() : '');

function local(at) {
	const time = at ? new Date(at) : null;

	if (!time || Number.isNaN(time.getTime()))
		return '';
	return new Date(time.getTime() - time.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

export function Events() {
	const { device, group, kind, since, until, src, user, outcome, process, rule } = route.value.query;
	const filters = { device, group, kind, since, until, src, user, outcome, process, rule };
	const list = useList('/events', { ...filters, limit: 100 }, 'both');
	const search = async (v) => go(['events'], { ...v, since: utc(v.since), until: utc(v.until) });

	return (
		<Page title="Events">
			<Form send={search} button="Search" inline key={JSON.stringify(filters)}>
				<Choice label="Kind" name="kind" value={kind || ''} options={kinds} />
				<Field label="Source address" name="src" defaultValue={src} />
				<Field label="User" name="user" defaultValue={user} />
				<Field label="Process" name="process" defaultValue={process} placeholder="program or number" />
				<Field label="Rule" name="rule" defaultValue={rule} />
				<Field label="Outcome" name="outcome" defaultValue={outcome} placeholder="failure, done, …" />
				<Field label="Device" name="device" defaultValue={device} />
				<Field label="Group" name="group" defaultValue={group} />
				<Field label="Since" name="since" type="datetime-local" defaultValue={local(since)} />
				<Field label="Until" name="until" type="datetime-local" defaultValue={local(until)} />
			</Form>
			<Table list={list} columns={columns} label="Events"
				empty="No record is like this. Take a filter away, or look further back with Show more." />
		</Page>
	);
}
