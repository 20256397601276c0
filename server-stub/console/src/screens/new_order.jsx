// SPDX-License-Identifier: Apache-2.0
// An order to push: says first what will happen to how many devices. Either the service's key signs it, or the operator
// does, on the signing desk, where the page shows him the very bytes.
import { useMemo } from 'preact/hooks';
import { get, post, query } from '../api.js';
import { layOrder } from '../desk.js';
import { useLoad } from '../load.js';
import { argOf } from '../order.js';
import { Card, Choice, Command, Confirm, Field, Form, Page, Problem } from '../parts.jsx';
import { go, route, setQuery } from '../route.js';
import { commandOf, paramNamed, takesOf, verbNamed, verbs, whatOf } from '../verbs.js';

const spans = [['', 'as the device has it set'], ['600', '10 minutes'], ['3600', '1 hour'], ['86400', '1 day'], ['604800', '7 days']];

/** The devices that it is for: their ids where they are named, else how many, and "and more" where the list goes on. */
async function find({ aim, name }) {
	if (!name && aim !== 'all')
		return null;
	if (aim === 'device')
		return get(`/devices/${encodeURIComponent(name)}`).then((d) => ({ text: d.name || d.id, one: true, ids: [d.id] }));
	const list = await get(`/devices${query({ group: aim === 'group' ? name : '', state: 'approved', limit: 500 })}`);

	return { text: `${list.items.length}${list.next ? ' and more' : ''} devices`, one: false };
}

/** Of those parameters of which a verb needs exactly one: the one that was chosen, or that the address has, else the first. */
const chosenOf = (verb, q) => (verb.one.includes(q.by) ? q.by : verb.one.find((name) => name in q) || verb.one[0]);

function argsOf(verb, q) {
	const args = {};

	for (const name of takesOf(verb)) {
		const value = verb.one.includes(name) && name !== chosenOf(verb, q) ? undefined : argOf(name, q[name]);

		if (value !== undefined)
			args[name] = value;
	}
	return args;
}

function body({ steps: [{ verb, args }], dry, aim, name }) {
	return { verb, params: args, dry_run: Boolean(dry), ...(aim === 'all' ? { all: true } : aim === 'group' ? { group: name } : { devices: [name] }) };
}

function Param({ name, q, need }) {
	const { type, label } = paramNamed(name);
	const set = (value) => setQuery({ [name]: value });

	if (type === 'flag')
		return <label class="tick"><input type="checkbox" checked={Boolean(q[name])} onChange={(e) => set(e.currentTarget.checked ? 'yes' : '')} /> {label}</label>;
	if (name === 'duration_s')
		return <Choice label={label} value={q[name] || ''} onChange={(e) => set(e.currentTarget.value)} options={spans} />;
	return <Field label={label} value={q[name] || ''} onInput={(e) => set(e.currentTarget.value)} required={need} />;
}

function Params({ verb, q }) {
	const chosen = chosenOf(verb, q);

	return (
		<>
			{verb.one.length > 0 && <Choice label="By" value={chosen} onChange={(e) => setQuery({ by: e.currentTarget.value })} options={verb.one.map((name) => [name, paramNamed(name).label])} />}
			{[...verb.needs, ...(chosen ? [chosen] : [])].map((name) => <Param key={name} name={name} q={q} need />)}
			{verb.takes.map((name) => <Param key={name} name={name} q={q} />)}
		</>
	);
}

function Push({ order, verb, whom, what }) {
	const key = useMemo(() => crypto.randomUUID(), [JSON.stringify(order)]); // a second try is the same order
	const push = async () => {
		const made = await post('/orders', body(order), { 'Idempotency-Key': key });

		go(['orders', made.id]);
	};

	return (verb.harsh || !whom.one) && !order.dry
		? <Confirm word={verb.name} what={what} button="Push order" send={push} />
		: <Form send={push} button="Push order"><p>{what}</p></Form>;
}

export function NewOrder() {
	const q = route.value.query;
	const verb = verbNamed(q.verb) || verbs[0];
	const args = argsOf(verb, q);
	const order = { steps: [{ verb: verb.name, when: 'always', args }], dry: q.dry, aim: q.aim || 'device', name: q[q.aim || 'device'] || '' };
	const whom = useLoad(() => find(order), `${order.aim} ${order.name}`);
	const set = (name) => (e) => setQuery({ [name]: e.currentTarget.value });
	const target = whatOf(verb, args);
	const whole = [...verb.needs, chosenOf(verb, q)].every((name) => !name || args[name]) && whom.fresh && whom.data;
	const what = whole && `${whom.data.text}: ${verb.name} ${args[target] || ''}. The guard will ${verb.does}.`;
	const sign = async () => {
		layOrder({ ...order, devices: whom.data.ids, group: order.name });
		go(['signing']);
	};

	return (
		<Page title="New order">
			<Card>
				<div class="stack">
					<Choice label="What" value={verb.name} onChange={set('verb')} options={verbs.map((v) => [v.name, `${v.name}: ${v.does}`])} />
					<Params verb={verb} q={q} />
					<Choice label="Whom" value={order.aim} onChange={set('aim')} options={[['device', 'one device'], ['group', 'a group'], ['all', 'all devices']]} />
					{order.aim !== 'all' && <Field label={order.aim === 'group' ? 'Group' : 'Device, by name or id'} value={order.name} onInput={set(order.aim)} required />}
					<label class="tick"><input type="checkbox" checked={Boolean(order.dry)} onChange={(e) => setQuery({ dry: e.currentTarget.checked ? '1' : '' })} /> Dry run: devices only say what they would do</label>
				</div>
				<Problem error={order.name ? whom.error : null} />
				{whole ? <Push order={order} verb={verb} whom={whom.data} what={what} /> : <p>Say what, and to whom.</p>}
			</Card>
			<Card title="Sign it yourself">
				<p class="dim">Above, the service signs. An order that needs operators' own signatures is signed by a key in this browser, or by <code>caltrop</code>.</p>
				<Form send={sign} button="Lay it on the signing desk" disabled={!whole} />
				<h3>The same on the command line</h3>
				<Command text={commandOf(order)} />
			</Card>
		</Page>
	);
}
