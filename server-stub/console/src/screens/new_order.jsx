// SPDX-License-Identifier: Apache-2.0
// An order to push: says first what will happen to how many devices. The service's key signs it; where the fleet wants
// operators' own keys, the command to type is shown, because those never come here.
import { useMemo } from 'preact/hooks';
import { get, post, query } from '../api.js';
import { useLoad } from '../load.js';
import { Card, Choice, Command, Confirm, Field, Form, Page, Problem } from '../parts.jsx';
import { go, route, setQuery } from '../route.js';
import { commandOf, verbNamed, verbs } from '../verbs.js';

const spans = [['', 'as the device has it set'], ['600', '10 minutes'], ['3600', '1 hour'], ['86400', '1 day'], ['604800', '7 days']];

/** The devices that it is for: their number, and "+" where the list goes on. */
async function count({ aim, name }) {
	if (!name && aim !== 'all')
		return null;
	if (aim === 'device')
		return get(`/devices/${encodeURIComponent(name)}`).then((d) => ({ text: d.name || d.id, one: true }));
	const list = await get(`/devices${query({ group: aim === 'group' ? name : '', state: 'approved', limit: 500 })}`);

	return { text: `${list.items.length}${list.next ? ' and more' : ''} devices`, one: false };
}

function body({ verb, target, span, aim, name, dry }) {
	const { param, number } = verbNamed(verb);
	const params = {};

	if (param)
		params[param] = number ? Number(target) : target;
	if (span)
		params.duration_s = Number(span);
	return { verb, params, dry_run: Boolean(dry), ...(aim === 'all' ? { all: true } : aim === 'group' ? { group: name } : { devices: [name] }) };
}

export function NewOrder() {
	const q = route.value.query;
	const verb = verbNamed(q.verb);
	const order = {
		verb: verb.name, target: verb.param ? q[verb.param] || '' : '', span: verb.ends ? q.span : '', dry: q.dry,
		aim: q.aim || 'device', name: q[q.aim || 'device'] || '',
	};
	const whom = useLoad(() => count(order), `${order.aim} ${order.name}`);
	const set = (name) => (e) => setQuery({ [name]: e.currentTarget.value });
	const key = useMemo(() => crypto.randomUUID(), [JSON.stringify(order)]); // a second try is the same order
	const push = async () => {
		const made = await post('/orders', body(order), { 'Idempotency-Key': key });

		go(['orders', made.id]);
	};
	const whole = (!verb.param || order.target) && whom.fresh && whom.data;
	const what = whole ? `${whom.data.text}: ${verb.name} ${order.target}. The guard will ${verb.does}.` : 'Say what, and to whom.';

	return (
		<Page title="New order">
			<Card>
				<div class="stack">
					<Choice label="What" value={verb.name} onChange={set('verb')} options={verbs.map((v) => [v.name, `${v.name}: ${v.does}`])} />
					{verb.param && <Field label={verb.label} value={order.target} onInput={set(verb.param)} required />}
					{verb.ends && <Choice label="For" value={order.span || ''} onChange={set('span')} options={spans} />}
					<Choice label="Whom" value={order.aim} onChange={set('aim')} options={[['device', 'one device'], ['group', 'a group'], ['all', 'all devices']]} />
					{order.aim !== 'all' && <Field label={order.aim === 'group' ? 'Group' : 'Device, by name or id'} value={order.name} onInput={set(order.aim)} required />}
					<label class="tick"><input type="checkbox" checked={Boolean(order.dry)} onChange={(e) => setQuery({ dry: e.currentTarget.checked ? '1' : '' })} /> Dry run: devices only say what they would do</label>
				</div>
				<Problem error={order.name ? whom.error : null} />
				{whole && (verb.harsh || !whom.data.one) && !order.dry
					? <Confirm word={verb.name} what={what} button="Push order" send={push} />
					: <Form send={push} button="Push order" disabled={!whole}><p>{what}</p></Form>}
			</Card>
			<Card title="The same on the command line">
				<p class="dim">An order that needs operators' own signatures is pushed this way only, with <code>--order-key FILE</code> for each.</p>
				<Command text={commandOf(order)} />
			</Card>
		</Page>
	);
}
