// SPDX-License-Identifier: Apache-2.0
// Packet-filter policies that devices were given: what each lets through, who has it, and putting it in force.
import { get } from '../api.js';
import { readFilter } from '../filter.js';
import { useLoad } from '../load.js';
import { bytesOf, objectsOf } from '../objects.js';
import { Card, Command, Device, Empty, Page, Problem, State, Table, Time } from '../parts.jsx';
import { to } from '../route.js';
import { may } from '../session.js';

const SHOWN_MAX = 12; // the newest of a group first

const load = async () => Promise.all((await objectsOf('policy')).slice(0, SHOWN_MAX).map(async (o) => {
	const { targets } = await get(`/objects/${o.id}`);

	if (!may('act'))
		return { ...o, targets };
	return bytesOf(o.id).then((bytes) => ({ ...o, targets, lines: readFilter(bytes) })).catch((wrong) => ({ ...o, targets, wrong }));
}));

const columns = [
	{ name: 'Device', cell: (t) => <Device of={t} /> },
	{ name: 'State', cell: (t) => <State of={t.state} /> },
	{ name: 'Says', cell: (t) => t.text },
	{ name: 'Since', cell: (t) => <Time at={t.updated} /> },
	{ name: '', cell: (t) => may('act') && <><a href={to(['orders', 'new'], { verb: 'policy', device: t.device })}>Again</a> · <a href={to(['orders', 'new'], { verb: 'lift', device: t.device })}>Lift</a></> },
];

function Policy({ of }) {
	const aim = of.group ? `group ${of.group}` : 'all devices';

	return (
		<Card title={`${of.name}, for ${aim}, by ${of.author}`} class="wide">
			<p class="dim">Version {of.version}, <Time at={of.created} /></p>
			<Problem error={of.wrong} />
			{of.lines && <pre class="source" tabIndex={0} aria-label="What it lets through">{of.lines.join('\n')}</pre>}
			{may('act') && <div class="actions"><a class="button" href={to(['orders', 'new'], { verb: 'policy', ...(of.group ? { aim: 'group', group: of.group } : { aim: 'all' }) })}>Put the newest one in force on {aim}</a></div>}
			<Table list={{ items: of.targets.map((t) => ({ ...t, id: t.device })) }} columns={columns} label="Devices" empty="No device has it yet." />
		</Card>
	);
}

export function Policies() {
	const { data, error } = useLoad(load, '', 'receipt');

	return (
		<Page title="Packet filter">
			<Problem error={error} />
			<p class="dim">A policy is in force when it comes, on trial at first: a device that does not hear the service through it goes back to the one before.</p>
			{data && !data.length && <Empty>No device was given a policy. Write one, look at its rules, and send it:</Empty>}
			{data && !data.length && <Command text={'caltrop policy lint FILE\ncaltrop policy render FILE\ncaltrop policy push FILE --group GROUP'} />}
			<div class="grid">{data?.map((p) => <Policy key={p.id} of={p} />)}</div>
		</Page>
	);
}
