// SPDX-License-Identifier: Apache-2.0
// The queue of incidents.
import { useIncidents } from '../load.js';
import { Choice, Device, Page, Severity, State, Table, Time } from '../parts.jsx';
import { route, setQuery, to } from '../route.js';
import { who } from '../session.js';

const columns = [
	{ name: 'Severity', cell: (i) => <Severity of={i.severity} /> },
	{ name: 'What', cell: (i) => <a href={to(['incidents', i.id])}>{i.title || i.rule}</a> },
	{ name: 'About', class: 'mono', cell: (i) => i.src || i.subject },
	{ name: 'Device', cell: (i) => <Device of={i} /> },
	{ name: 'Count', class: 'number', cell: (i) => i.count },
	{ name: 'Last', cell: (i) => <Time at={i.last} /> },
	{ name: 'State', cell: (i) => <State of={i.state} /> },
	{ name: 'Assignee', cell: (i) => i.assignee || <span class="dim">nobody</span> },
	{ name: 'Verdict', cell: (i) => i.verdict },
];

export function Incidents() {
	const { state, device, severity, assignee } = route.value.query;
	const list = useIncidents({ state, device, limit: 100 });
	const wanted = (i) => (!severity || i.severity === severity) &&
		(!assignee || (assignee === 'me' ? i.assignee === who.value.user : !i.assignee));

	return (
		<Page title="Incidents">
			<div class="filters">
				<Choice label="State" value={state || ''} onChange={(e) => setQuery({ state: e.currentTarget.value })} options={['', 'open', 'closed']} />
				<Choice label="Severity" value={severity || ''} onChange={(e) => setQuery({ severity: e.currentTarget.value })}
					options={['', 'critical', 'high', 'medium', 'low', 'informational']} />
				<Choice label="Assignee" value={assignee || ''} onChange={(e) => setQuery({ assignee: e.currentTarget.value })}
					options={[['', 'any'], ['me', 'me'], ['nobody', 'nobody']]} />
				{device && <button onClick={() => setQuery({ device: '' })}>Of all devices</button>}
			</div>
			<Table list={{ ...list, items: list.items?.filter(wanted) }} columns={columns} label="Incidents"
				empty="No incident is like this. Devices open them by their rules, and they appear here as they do." />
		</Page>
	);
}
