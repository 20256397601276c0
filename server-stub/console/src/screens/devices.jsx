// SPDX-License-Identifier: Apache-2.0
// All devices.
import { useList } from '../load.js';
import { Choice, Field, Page, State, Table, Time } from '../parts.jsx';
import { route, setQuery, to } from '../route.js';

export const deviceState = (d) => (d.state !== 'approved' ? d.state : d.connected ? 'connected' : 'away');

const columns = [
	{ name: 'Name', cell: (d) => <a href={to(['devices', d.id])}>{d.name || d.id.slice(0, 8)}</a> },
	{ name: 'State', cell: (d) => <State of={deviceState(d)} /> },
	{ name: 'Group', cell: (d) => d.group },
	{ name: 'Labels', cell: (d) => d.labels.map((l) => <span class="tag" key={l}>{l}</span>) },
	{ name: 'Mode', cell: (d) => d.mode },
	{ name: 'Version', cell: (d) => d.version },
	{ name: 'Address', class: 'mono', cell: (d) => d.address },
	{ name: 'Last seen', cell: (d) => <Time at={d.last_seen} /> },
	{ name: 'Problems', cell: (d) => (d.problems.length ? <span class="badge tone-bad" title={d.problems.join('\n')}>{d.problems.length}</span> : '') },
];

export function Devices() {
	const { q, group, state, label, trust } = route.value.query;
	const list = useList('/devices', { q, group, state, label, trust, limit: 100 }, 'incident');
	const set = (name) => (e) => setQuery({ [name]: e.currentTarget.value });

	return (
		<Page title="Devices" aside={<a class="button" href={to(['enrolment'])}>Add devices</a>}>
			<div class="filters">
				<Field label="Name or id" value={q || ''} onInput={set('q')} type="search" />
				<Field label="Group" value={group || ''} onInput={set('group')} />
				<Field label="Label" value={label || ''} onInput={set('label')} />
				<Choice label="State" value={state || ''} onChange={set('state')} options={['', 'expected', 'pending', 'approved', 'revoked']} />
				<Choice label="Trust bundle" value={trust || ''} onChange={set('trust')} options={['', 'current', 'behind']} />
			</div>
			<Table list={list} columns={columns} label="Devices"
				empty={<>No device is like this. <a href={to(['enrolment'])}>Make a token</a> to let one join.</>} />
		</Page>
	);
}
