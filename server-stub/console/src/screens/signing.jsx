// SPDX-License-Identifier: Apache-2.0
// The signing desk: the operator's key in this browser, and an order whose bytes are shown before they are signed.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { get, post } from '../api.js';
import { readBundle } from '../bundle.js';
import { hexOf, shown } from '../bytes.js';
import { addSignature, bodyOf, desk, fileOf, layFile } from '../desk.js';
import { useLoad } from '../load.js';
import { describeOrder } from '../order.js';
import { Card, Command, Confirm, Empty, Facts, Form, Page, Problem, State, Time } from '../parts.jsx';
import { go } from '../route.js';
import { may, who } from '../session.js';
import { findKey, forgetKey, makeKey, ownKey, sign } from '../signing.js';
import { verbNamed } from '../verbs.js';

const trustOf = async () => {
	const { bundle } = await get('/trust');

	return bundle ? readBundle(bundle) : { version: 0, keys: [], needs: {} };
};

const time = (s) => new Date(s * 1000).toISOString();

/** Pasted on the machine where the root keys are brought to. */
const trustCommand = ({ pem }) => `cat >${who.value.user}-browser.pem.pub <<'END'\n${pem}END\n` +
	`caltrop key trust ${who.value.user}-browser.pem.pub --name ${who.value.user}-browser --browser --root-key FILE`;

const numbersOf = (order) => order.steps.map((step) => verbNamed(step.verb).number);

/** How many signatures devices will want, and whether a key may sign all of its verbs. */
const neededOf = ({ order, approvals }, trust) => (order.dry ? 1 : Math.max(approvals, ...numbersOf(order).map((n) => trust.needs[n] || 1)));
const mayAll = (key, order) => numbersOf(order).every((n) => key.verbs >> BigInt(n) & 1n);

function Key({ trust }) {
	const key = ownKey.value, trusted = key && trust?.keys.find((k) => k.id === key.id);

	if (key === undefined)
		return null;
	if (!key)
		return (
			<>
				<p>Make a key, and this browser keeps it: it can sign, but nobody can take it out or copy it. It is yours, {who.value.user}, in this browser only.</p>
				<Form send={makeKey} button="Make a key" inline />
			</>
		);
	return (
		<>
			<Facts of={[['Id', <span class="mono">{key.id}</span>], ['Devices', trust && (trusted ? <State of="trusted" /> : <State of="not trusted" />)], ['Named', trusted?.name]]} />
			{trust && !trusted && (
				<div class="note">
					<p>Devices obey it once the fleet's root keys have signed for it. Paste this where they are:</p>
					<Command text={trustCommand(key)} />
				</div>)}
			<Confirm word="forget" button="Forget this key" send={forgetKey}
				what="It signs no more. Devices go on trusting it until caltrop key revoke says otherwise." />
		</>
	);
}

function Load() {
	const take = async ({ file, text }) => layFile(file?.size ? await file.text() : text);

	return (
		<Form send={take} button="Lay on the desk">
			<p>Somebody else's order, as <code>caltrop playbook sign</code> or this page wrote it:</p>
			<div class="field"><label for="desk-file">File</label><input id="desk-file" name="file" type="file" accept=".json,application/json" /></div>
			<div class="field"><label for="desk-text">Or its text</label><textarea id="desk-text" name="text" rows={4} spellcheck={false} /></div>
		</Form>
	);
}

function Order({ of, trust }) {
	const { order } = of;
	const names = useLoad(async () => Object.fromEntries(await Promise.all((order.devices || []).map(async (id) =>
		[id, await get(`/devices/${id}`).then((d) => d.name, () => '')]))), order.id);
	const aim = order.aim === 'all' ? 'ALL devices' : order.aim === 'group' ? `group ${shown(order.group)}`
		: order.devices.map((id) => <p key={id}><span class="mono">{id}</span>{names.data?.[id] && <>, which the service calls {names.data[id]}</>}</p>);

	return (
		<>
			<p class="deed">{describeOrder(order)}</p>
			<Facts of={[
				['For', aim], ['By', shown(order.author)], ['From', <Time at={time(order.not_before_s)} />], ['Until', <Time at={time(order.not_after_s)} />],
				['Order', <span class="mono">{order.id}</span>],
				['Signed by', of.signatures.length ? of.signatures.map((s) => (
					<p key={s.key_id}><span class="mono">{s.key_id}</span> {trust?.keys.find((k) => k.id === s.key_id)?.name}</p>)) : 'nobody yet'],
			]} />
			<details><summary>Its {of.bytes.length} bytes</summary><p class="mono bytes">{hexOf(of.bytes)}</p></details>
		</>
	);
}

function Sign({ of, trust }) {
	const key = ownKey.value, trusted = key && trust.keys.find((k) => k.id === key.id);

	if (!key)
		return <p>Make a key first, beside this.</p>;
	if (of.signatures.some((s) => s.key_id === key.id))
		return null;
	return (
		<>
			{!trusted && <p class="problem">Devices do not trust your key yet; they would refuse this signature.</p>}
			{trusted && !mayAll(trusted, of.order) && <p class="problem">Your key may not sign all of these verbs.</p>}
			<Confirm word={of.order.steps[0].verb} button="Sign" what={`You sign: ${describeOrder(of.order)}`} send={async () => addSignature(await sign(of.bytes))} />
		</>
	);
}

function Next({ of, trust }) {
	const needed = neededOf(of, trust), mine = of.order.author === who.value.user;
	const send = of.held ? () => post(`/orders/${of.order.id}/sign`, { signatures: of.signatures }) : () => post('/orders', bodyOf(of));
	const push = async () => {
		const made = await send();

		desk.value = null;
		go(['orders', made.id]);
	};

	return (
		<>
			<p>{of.signatures.length} of {needed} signatures.</p>
			{of.held && of.signatures.some((s) => s.key_id === ownKey.value?.id) && <Form send={push} button="Approve with this signature" inline />}
			{!of.held && mine && of.signatures.length > 0 && <Form send={push} button="Push order" inline />}
			{!of.held && !mine && of.signatures.length > 0 && <p>{shown(of.order.author)}, who made it, pushes it: give the file back.</p>}
			{of.signatures.length < needed && (
				<p>When it is pushed it waits, and no device gets it, until another operator signs it: <code>caltrop order sign</code>.
					Of two signatures one has to come from <code>caltrop</code>: whoever had broken into the service could serve a false page to all of you.</p>)}
			{of.signatures.length > 0 && (
				<details><summary>The file</summary><Command text={fileOf({ ...of, approvals: needed })} /></details>)}
		</>
	);
}

export function Signing() {
	const trust = useLoad(trustOf, '');
	const error = useSignal(null);
	const of = desk.value;

	useEffect(() => {
		findKey().catch((e) => { error.value = e; });
	}, []);
	if (!may('act'))
		return <Page title="Signing"><Empty>Responders and admins sign orders.</Empty></Page>;
	return (
		<Page title="Signing" aside={of && <button onClick={() => { desk.value = null; }}>Clear the desk</button>}>
			<Problem error={error.value || trust.error} />
			<div class="grid">
				<Card title="On the desk">
					{of ? <Order of={of} trust={trust.data} key={of.order.id} /> : <Load />}
					{of && trust.data && <><Sign of={of} trust={trust.data} /><Next of={of} trust={trust.data} /></>}
				</Card>
				<Card title="Your key in this browser"><Key trust={trust.data} /></Card>
			</div>
		</Page>
	);
}
