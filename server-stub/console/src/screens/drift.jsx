// SPDX-License-Identifier: Apache-2.0
// What the devices of a group keep, beside the newest that was made for any of them. What a group is to be stands in a
// folder that operators sign, so this screen shows, and the command line changes.
import { get } from '../api.js';
import { useList, useLoad } from '../load.js';
import { Choice, Command, Device, Empty, Page, State, Table } from '../parts.jsx';
import { route, setQuery, to } from '../route.js';

const nameOf = (object) => `${object.kind} ${object.name}`;

/** The newest object of each kind and name. */
function newest(devices) {
	const all = new Map();

	for (const device of devices)
		for (const object of device.objects)
			if (!(all.get(nameOf(object))?.version > object.version))
				all.set(nameOf(object), object);
	return [...all.values()].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

/** How a device is with one of them, in a word, and why. */
function standing(device, wanted) {
	const have = device.objects.find((o) => nameOf(o) === nameOf(wanted));

	if (!have)
		return { word: 'missing' };
	if (have.sha256 !== wanted.sha256)
		return { word: 'differs', why: `It has version ${have.version}.` };
	if (have.state !== 'done')
		return { word: have.state, why: have.text };
	if (have.kind === 'settings' && device.tuning_version !== have.version)
		return device.tuning_problem ? { word: 'refused', why: device.tuning_problem } : { word: 'pending', why: 'It is on trial.' };
	return { word: 'done' };
}

const columnsOf = (objects) => [
	{ name: 'Device', cell: (d) => <Device of={d} /> },
	{ name: 'State', cell: (d) => <State of={d.connected ? 'connected' : 'away'} /> },
	...objects.map((object) => ({
		name: nameOf(object),
		cell: (d) => {
			const { word, why } = standing(d, object);

			return <><State of={word} /> {why && <span class="dim">{why}</span>}</>;
		},
	})),
];

function Group({ name }) {
	const list = useList('/kept', { group: name, limit: 100 }, 'both');
	const objects = newest(list.items || []);

	return (
		<>
			<Table list={{ ...list, items: list.items?.map((d) => ({ ...d, id: d.device })) }} columns={columnsOf(objects)} label={`Devices of ${name}`}
				empty="No approved device is in this group." />
			{list.items && !objects.length && <Empty>These devices were sent no settings, rules, policy or playbooks.</Empty>}
			<p>What the group is to be stands in a folder. Write one of what is here, change it, and make it so:</p>
			<Command text={`caltrop fleet export fleet/ --group ${name}`} />
			<Command text="caltrop fleet plan fleet/" />
			<Command text="caltrop fleet apply fleet/ --order-key KEY.pem" />
		</>
	);
}

export function Drift() {
	const devices = useLoad(() => get('/devices?limit=500&state=approved'), '');
	const groups = [...new Set((devices.data?.items || []).map((d) => d.group))].filter(Boolean).sort();
	const group = route.value.query.group || groups[0];

	return (
		<Page title="Desired state">
			{groups.length > 0 && <div class="filters">
				<Choice label="Group" value={group} onChange={(e) => setQuery({ group: e.currentTarget.value })} options={groups} />
			</div>}
			{group ? <Group key={group} name={group} /> : devices.data && <Empty>No device is in a group. <a href={to(['enrolment'])}>Make a token</a> with one.</Empty>}
		</Page>
	);
}
