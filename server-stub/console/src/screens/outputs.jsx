// SPDX-License-Identifier: Apache-2.0
// To whom the service tells of incidents, and how that goes.
import { useSignal } from '@preact/signals';
import { get, post, remove } from '../api.js';
import { useList } from '../load.js';
import { Card, Choice, Command, Confirm, Field, Form, Page, Severity, State, Table, Time } from '../parts.jsx';
import { may } from '../session.js';

const kinds = [['mail', 'Mail'], ['webhook', 'Webhook, signed'], ['slack', 'Slack or Mattermost'], ['teams', 'Teams'], ['matrix', 'Matrix']];
const levels = ['medium', 'high', 'critical', 'low', 'info'];
const path = (o) => `/outputs/${encodeURIComponent(o.name)}`;

/** The service sends meanwhile, so this looks until it has. */
async function tried(o) {
	let now = await post(`${path(o)}/test`);

	for (let i = 0; now.test === 'running' && i < 120; i++) {
		await new Promise((done) => setTimeout(done, 500));
		now = await get(path(o));
	}
	if (now.test === 'running')
		throw new Error('The service has not tried it within a minute.');
	if (now.test !== 'passed')
		throw new Error(now.test_error);
}

const told = (o) => [
	o.changes.join(', '),
	o.groups.length ? `groups ${o.groups.join(' ')}` : '',
	o.rules.length ? `rules ${o.rules.join(' ')}` : '',
	o.after_s ? `after ${o.after_s / 60} min` : '',
	o.quiet ? `quiet ${o.quiet} UTC` : '',
].filter(Boolean).join('; ');

/** What is not filled in is left to the service. */
const given = (v) => Object.fromEntries(Object.entries({
	...v, after: undefined, after_s: v.after ? Number(v.after) * 60 : undefined,
}).filter(([, x]) => x !== undefined && x !== ''));

function Adding({ list }) {
	const made = useSignal(null);
	const kind = useSignal('mail');
	const add = async (v, form) => {
		made.value = await post('/outputs', given(v));
		form.reset();
		kind.value = 'mail';
		await list.load();
	};

	return (
		<Card title="New output">
			{made.value?.secret && (
				<div class="note" role="status">
					<p>The key that signs what {made.value.name} gets (Caltrop-Signature), shown once:</p>
					<Command text={made.value.secret} />
				</div>)}
			<Form send={add} button="Add output">
				<Field label="Name" name="name" required pattern="[A-Za-z0-9_][A-Za-z0-9._\-]{0,62}" />
				<Choice label="Kind" name="kind" options={kinds} value={kind.value} onChange={(e) => { kind.value = e.target.value; }} />
				<Field label="URL" name="url" required maxLength={511} autoComplete="off" spellcheck={false}
					hint={kind.value === 'mail' ? 'smtps://HOST, or smtp://HOST:587 with STARTTLS.' : 'https://HOST/PATH. Only its host is shown later.'} />
				{kind.value === 'mail' && <>
					<Field label="From" name="from" type="email" required />
					<Field label="To" name="to" required hint="Addresses with one blank between." />
					<Field label="User" name="user" autoComplete="off" hint="If the server asks for one." />
				</>}
				{['mail', 'webhook', 'matrix'].includes(kind.value) && <Field label="Secret" name="secret" type="password" autoComplete="new-password" minLength={kind.value === 'mail' ? 0 : 16}
					hint={{ mail: 'The password of that user.', webhook: 'The key that signs; one is made if you leave this empty.', matrix: 'The access token.' }[kind.value]} />}
				<Choice label="From level" name="severity" options={levels} />
				<Field label="Groups" name="groups" hint="With one blank between, cam* for all that begin so; empty for all." />
				<Field label="Rules" name="rules" hint="The same." />
				<Field label="Only if nobody takes it on for (minutes)" name="after" type="number" min={0} max={10080} />
				<Field label="Quiet hours (UTC)" name="quiet" pattern="\d\d:\d\d-\d\d:\d\d" placeholder="22:00-06:00" hint="Messages wait, but for what is critical." />
			</Form>
		</Card>
	);
}

export function Outputs() {
	const list = useList('/outputs', { limit: 100 });
	const columns = [
		{ name: 'Name', cell: (o) => o.name },
		{ name: 'Kind', cell: (o) => o.kind },
		{ name: 'To', class: 'mono', cell: (o) => (o.to.length ? o.to.join(' ') : o.place) },
		{ name: 'From level', cell: (o) => <Severity of={o.severity} /> },
		{ name: 'Told', cell: told },
		{ name: 'Messages', class: 'number', cell: (o) => o.messages },
		{ name: 'Last', cell: (o) => <Time at={o.last_good} /> },
		{ name: 'State', cell: (o) => <><State of={o.failures ? 'failed' : 'active'} /> {o.error}</> },
		{ name: '', cell: (o) => may('admin') && (
			<details class="confirm">
				<summary>Change</summary>
				<Form send={async () => { await tried(o); await list.load(); }} button="Send a test" inline />
				<Confirm word={o.name} what="It is told nothing any more; what waits for it is forgotten." button="Delete" send={async () => { await remove(path(o)); await list.load(); }} />
			</details>) },
	];

	return (
		<Page title="Outputs">
			<div class="grid">
				<Card title="Who is told of incidents" class="wide">
					<Table list={list} columns={columns} label="Outputs" empty="Nobody is told. Add an output: mail, a webhook or a chat." />
				</Card>
				{may('admin') && <Adding list={list} />}
			</div>
		</Page>
	);
}
