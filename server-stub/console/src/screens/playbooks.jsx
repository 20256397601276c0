// SPDX-License-Identifier: Apache-2.0
// Playbooks that devices were given, what each would do, and running one now as an order.
import { useMemo } from 'preact/hooks';
import { get, post } from '../api.js';
import { layOrder } from '../desk.js';
import { useLoad } from '../load.js';
import { bytesOf, objectsOf } from '../objects.js';
import { describeOrder } from '../order.js';
import { Card, Choice, Command, Confirm, Device, Empty, Facts, Field, Form, Id, Page, Problem, Severity, State, Table, Time } from '../parts.jsx';
import { caseOf, fillSteps, levelName, readPlaybook, runsFor, stepText } from '../playbook.js';
import { go, route, setQuery, to } from '../route.js';
import { may } from '../session.js';

const whens = { always: '', if_done: 'if that was done: ', if_failed: 'if that failed: ' };

const Steps = ({ of }) => <ol class="steps">{of.steps.map((step, i) => <li key={i}>{whens[step.when]}<code>{stepText(step)}</code></li>)}</ol>;

/** Each with what it says, for whoever may read it; `error` where its bytes are none. */
export const loadPlaybooks = async () => Promise.all((await objectsOf('playbook')).map(async (o) => {
	if (!may('act'))
		return { object: o };
	return bytesOf(o.id).then((bytes) => ({ object: o, of: readPlaybook(bytes) })).catch((error) => ({ object: o, error }));
}));

const columns = [
	{ name: 'Name', cell: ({ object: o }) => <a href={to(['playbooks', o.id])}>{o.name}</a> },
	{ name: 'Is for', cell: ({ of, error }) => (error ? error.message : of === null ? <State of="withdrawn" /> : of?.about) },
	{ name: 'Does', cell: ({ of }) => of && <Steps of={of} /> },
	{ name: 'Devices', cell: ({ object: o }) => (o.group ? `group ${o.group}` : 'all') },
	{ name: 'By', cell: ({ object: o }) => o.author },
	{ name: 'Since', cell: ({ object: o }) => <Time at={o.created} /> },
];

export function Playbooks() {
	const { data, error } = useLoad(loadPlaybooks, '');

	return (
		<Page title="Playbooks">
			<Table list={{ items: data?.map((p) => ({ ...p, id: p.object.id })), error }} columns={columns} label="Playbooks"
				empty="No device was given one. Those that come with Caltrop are in /usr/share/caltrop/playbooks; caltrop playbook push FILE sends one." />
		</Page>
	);
}

function Run({ of, object }) {
	const q = route.value.query, aim = q.aim || 'device', name = q[aim] || '';
	const incident = useLoad(() => (q.incident ? get(`/incidents/${encodeURIComponent(q.incident)}`) : Promise.resolve(null)), q.incident || '');
	const whom = useLoad(() => (aim === 'device' && name ? get(`/devices/${encodeURIComponent(name)}`) : Promise.resolve(null)), `${aim} ${name}`);
	const set = (key) => (e) => setQuery({ [key]: e.currentTarget.value });
	const said = Object.fromEntries(of.inputs.map((i) => [i.name, q[`set_${i.name}`] || '']));
	const key = useMemo(() => crypto.randomUUID(), [JSON.stringify(q)]);
	let steps = null, wrong = null;

	try {
		steps = fillSteps(of, incident.data ? caseOf(incident.data) : {}, said);
	} catch (error) {
		wrong = error;
	}
	const whole = steps && (aim === 'all' || (aim === 'group' ? name : whom.fresh && whom.data)), dry = Boolean(q.dry);
	const words = whole && describeOrder({ steps, dry });
	const target = aim === 'all' ? { all: true } : aim === 'group' ? { group: name } : { devices: [name] };
	const push = async () => {
		const order = await post('/orders', { steps: steps.map(({ verb, when, args }) => ({ verb, when, params: args })), dry_run: dry, ...target }, { 'Idempotency-Key': key });

		go(['orders', order.id]);
	};
	const sign = async () => {
		layOrder({ steps, aim, dry, devices: whom.data && [whom.data.id], group: name, approvals: of.approvals });
		go(['signing']);
	};

	return (
		<Card title="Run it now">
			<div class="stack">
				<Field label="For the incident" value={q.incident || ''} onInput={set('incident')} hint={incident.data ? `${incident.data.title}, ${incident.data.src || incident.data.subject}` : 'Its id; it says what $incident stands for.'} />
				{of.inputs.map((i) => <Field key={i.name} label={`${i.name}: ${i.about}`} value={said[i.name]} onInput={set(`set_${i.name}`)} />)}
				<Choice label="Whom" value={aim} onChange={set('aim')} options={[['device', 'one device'], ['group', 'a group'], ['all', 'all devices']]} />
				{aim !== 'all' && <Field label={aim === 'group' ? 'Group' : 'Device, by name or id'} value={name} onInput={set(aim)} />}
				<label class="tick"><input type="checkbox" checked={dry} onChange={(e) => setQuery({ dry: e.currentTarget.checked ? '1' : '' })} /> Dry run: devices only say what they would do</label>
			</div>
			<Problem error={(q.incident && incident.error) || (name && whom.error)} />
			{wrong && <p class="dim">{wrong.message}</p>}
			{whole && <p class="deed">{words}</p>}
			{whole && (dry ? <Form send={push} button="Push dry run" inline /> : of.approvals < 2 && (
				<Confirm word={object.name} what={`${words}. For ${aim === 'all' ? 'ALL devices' : name}; the service signs.`} button="Push order" send={push} />))}
			{whole && !dry && <Form send={sign} button={`Lay it on the signing desk${of.approvals > 1 ? `, for ${of.approvals} signatures` : ''}`} inline />}
		</Card>
	);
}

const targetColumns = [
	{ name: 'Device', cell: (t) => <Device of={t} /> },
	{ name: 'State', cell: (t) => <State of={t.state} /> },
	{ name: 'Says', cell: (t) => t.text },
	{ name: 'Since', cell: (t) => <Time at={t.updated} /> },
];

const span = (s) => (s % 86400 ? `${s} s` : `${s / 86400} days`);

export function Playbook() {
	const id = route.value.path[1];
	const { data: object, error } = useLoad(() => get(`/objects/${encodeURIComponent(id)}`), id, 'receipt');
	const { data: of, error: none } = useLoad(() => (may('act') ? bytesOf(id).then(readPlaybook) : Promise.resolve(undefined)), id);

	if (!object)
		return <Page title="Playbook"><Problem error={error} /></Page>;
	return (
		<Page title={`Playbook: ${object.name}`}>
			<Problem error={none} />
			<div class="grid">
				<Card title="What it does">
					{of === null && <p><State of="withdrawn" /> Devices run it no more.</p>}
					{!may('act') && <Empty>What it does, responders and admins are shown.</Empty>}
					{of && <><p>{of.about}</p><Steps of={of} /></>}
					<Facts of={[
						['Runs by itself', of?.bound && <>for incidents {of.level > 0 && <>of at least <Severity of={levelName(of.level)} /></>} of {[...of.rules, ...of.tags].map((t) => <span class="tag" key={t}>{t}</span>)}</>],
						['For how long', of?.lasts_s ? span(of.lasts_s) : ''], ['Signatures', of?.approvals],
						['Devices', object.group ? `group ${object.group}` : 'all'], ['By', object.author], ['Since', <Time at={object.created} />], ['Id', <Id of={object.id} path="playbooks" />],
					]} />
					<h3>To send it to other devices, or to end it</h3>
					<Command text={`caltrop playbook push FILE --group GROUP\ncaltrop playbook withdraw ${object.name} --all`} />
				</Card>
				{of && may('act') && <Run of={of} object={object} />}
				<Card title="What devices said of it" class="wide"><Table list={{ items: object.targets.map((t) => ({ ...t, id: t.device })) }} columns={targetColumns} label="Devices" empty="No device has it yet." /></Card>
			</div>
		</Page>
	);
}

/** Of an incident: those that fit, to run now on its device. */
export function Fitting({ incident }) {
	const { data } = useLoad(loadPlaybooks, '');
	const usable = data?.filter((p) => p.of) || [];
	const fits = (p) => runsFor(p.of, incident);

	if (!data)
		return null;
	return (
		<ul class="rows">
			{!usable.length && <li class="dim">Devices have none; caltrop playbook push sends one.</li>}
			{[...usable.filter(fits), ...usable.filter((p) => !fits(p))].map(({ object, of }) => (
				<li key={object.id}>
					<a href={to(['playbooks', object.id], { incident: incident.id, device: incident.device })}>{object.name}</a> {runsFor(of, incident) && <span class="badge tone-calm">devices run it for this</span>}
					<small>{of.about}</small>
				</li>
			))}
		</ul>
	);
}
