// SPDX-License-Identifier: Apache-2.0
// One's own passkeys: which there are, a new one, and one that is lost.
import { useSignal } from '@preact/signals';
import { post } from '../api.js';
import { useList } from '../load.js';
import { Confirm, Field, Form, Table, Time } from '../parts.jsx';
import { addPasskey, passkeysWork } from '../passkey.js';
import { resume, who } from '../session.js';
import { Recovery } from './factor.jsx';

const Code = () => (
	<Field label="Code, unless you signed in just now" name="code" autoComplete="one-time-code" hint="Of your second factor, or a recovery code." />
);

/** From its name to the recovery codes, if the first one brought some. */
export function AddPasskey({ done = () => {} }) {
	const codes = useSignal(null);
	const end = async () => {
		codes.value = null;
		await resume();
		await done();
	};
	const add = async ({ name, code }, form) => {
		const made = await addPasskey({ user: who.value.user, name, code });

		form.reset();
		if (!made.recovery_codes)
			return end();
		codes.value = made.recovery_codes;
	};

	if (codes.value)
		return <Recovery codes={codes.value} done={end} />;
	if (!passkeysWork)
		return <p class="dim">This browser knows no passkeys.</p>;
	return (
		<Form send={add} button="Add passkey">
			<Field label="Name of the passkey" name="name" required pattern="[A-Za-z0-9_][A-Za-z0-9._\-]{0,62}" hint="By which you know the authenticator: laptop, blue-key." />
			{who.value.second_factor && <Code />}
		</Form>
	);
}

export function Passkeys() {
	const list = useList('/passkeys', {});
	const drop = (p) => async ({ code }) => {
		await post(`/passkeys/${p.id}/remove`, code ? { code } : {});
		await resume();
		await list.load();
	};
	const columns = [
		{ name: 'Name', cell: (p) => p.name },
		{ name: 'Made', cell: (p) => <Time at={p.created} /> },
		{ name: 'Used', cell: (p) => <Time at={p.used} /> },
		{ name: '', cell: (p) => <Confirm word={p.name} what="It signs you in no more, and your other sessions end." button="Remove" send={drop(p)}><Code /></Confirm> },
	];

	return (
		<>
			<Table list={list} columns={columns} label="Passkeys" empty="None. A passkey signs you in by itself, and gives nothing to a false page." />
			<AddPasskey done={list.load} />
		</>
	);
}
