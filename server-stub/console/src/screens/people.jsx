// SPDX-License-Identifier: Apache-2.0
// Operators and who is signed in.
import { useSignal } from '@preact/signals';
import { post, remove } from '../api.js';
import { useList } from '../load.js';
import { Card, Choice, Command, Confirm, Field, Form, Page, State, Table, Time } from '../parts.jsx';
import { changePassword, may, who } from '../session.js';
import { Factor } from './factor.jsx';
import { Passkeys } from './passkeys.jsx';

const roles = ['viewer', 'responder', 'admin', 'auditor'];

function Users() {
	const list = useList('/users', { limit: 500 });
	const made = useSignal(null);
	const path = (u) => `/users/${encodeURIComponent(u.name)}`;
	const then = (act) => async (values) => {
		const answer = await act(values);

		if (answer?.password)
			made.value = answer;
		await list.load();
	};
	const columns = [
		{ name: 'Name', cell: (u) => u.name },
		{ name: 'Role', cell: (u) => u.role },
		{ name: 'State', cell: (u) => <State of={u.state} /> },
		{ name: '', cell: (u) => may('admin') && (
			<details class="confirm">
				<summary>Change</summary>
				{!u.sso && (
					<Form send={then((v) => post(`${path(u)}/role`, { role: v.role }))} button="Give role" inline>
						<Choice label="Role" name="role" value={u.role} options={roles} />
					</Form>)}
				<Form send={then(() => post(`${path(u)}/reset`))} button={u.sso ? 'Take the second factor away, let in again' : 'New one-time password'} inline />
				{u.state !== 'disabled' && <Confirm word={u.name} what="Cannot sign in any more, and the sessions end." button="Shut out" send={then(() => post(`${path(u)}/disable`))} />}
			</details>) },
	];

	return (
		<Card title="Operators" class="wide">
			{made.value && <div class="note" role="status"><p>The one-time password of {made.value.name}, shown once:</p><Command text={made.value.password} /></div>}
			<Table list={list} columns={columns} label="Operators" empty="There is nobody." />
			{may('admin') && (
				<Form send={then((v) => post('/users', v))} button="Let in" inline>
					<Field label="Name" name="name" required pattern="[A-Za-z0-9_][A-Za-z0-9._\-]{0,62}" />
					<Choice label="Role" name="role" options={roles} />
				</Form>)}
		</Card>
	);
}

function Sessions() {
	const list = useList('/sessions', { limit: 500 });
	const columns = [
		{ name: 'Who', cell: (s) => <>{s.user} {s.present && <span class="tag">this one</span>}</> },
		{ name: 'Kind', cell: (s) => (s.name ? `${s.kind} ${s.name}` : s.kind) },
		{ name: 'Since', cell: (s) => <Time at={s.created} /> },
		{ name: 'Until', cell: (s) => <Time at={s.expires} /> },
		{ name: '', cell: (s) => !s.present && <Form send={async () => { await remove(`/sessions/${s.id}`); await list.load(); }} button="End" inline /> },
	];

	return <Card title="Sessions" class="wide"><Table list={list} columns={columns} label="Sessions" empty="Nobody is signed in." /></Card>;
}

async function change({ old, fresh, again }, form) {
	if (fresh !== again)
		throw new Error('The two new passwords are not the same.');
	await changePassword(old, fresh);
	form.reset();
}

export const People = () => (
	<Page title="People">
		<div class="grid">
			{may('audit') && <Users />}
			<Sessions />
			{!who.value.sso && (
				<Card title="Your password">
					<Form send={change} button="Change password">
						<Field label="Old password" name="old" type="password" autoComplete="current-password" required />
						<Field label="New password" name="fresh" type="password" autoComplete="new-password" minLength={12} required hint="At least 12 characters." />
						<Field label="New password again" name="again" type="password" autoComplete="new-password" required />
					</Form>
				</Card>)}
			<Card title="Your second factor">
				{who.value.second_factor
					? <p>In force; {who.value.recovery_codes_left} recovery codes are left.</p>
					: <p>None. With one, a password alone lets nobody in as you.</p>}
				<Factor />
			</Card>
			{!who.value.sso && (
				<Card title="Your passkeys" class="wide">
					<Passkeys />
				</Card>)}
		</div>
	</Page>
);
