// SPDX-License-Identifier: Apache-2.0
// Sign-in, and what may be asked for at the first one: an own password, a second factor.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Field, Form, Problem } from '../parts.jsx';
import { passkeysWork } from '../passkey.js';
import { changePassword, ended, signIn, signInByFactor, signInByPasskey, signInBySso, signOut, who } from '../session.js';
import { findProvider, goToProvider, provider, returned } from '../sso.js';
import { Factor } from './factor.jsx';
import { AddPasskey } from './passkeys.jsx';

const Frame = ({ title, children }) => {
	document.title = `${title} · Caltrop`;
	return (
		<main class="door">
			<h1><span class="logo" aria-hidden="true" />Caltrop</h1>
			{children}
		</main>
	);
};

function Provider() {
	const { name, url } = provider.value;

	if (location.origin !== url)
		return <p class="dim">To sign in with {name}, open the console at <a href={url}>{url}</a>.</p>;
	return <Form send={goToProvider} button={`Sign in with ${name}`} />;
}

/** Back from the provider. */
export function Returned() {
	const error = useSignal(null);

	useEffect(() => {
		signInBySso().catch((e) => { error.value = e; });
	}, []);
	return (
		<Frame title="Sign in">
			{error.value?.code === 'second_factor_required' ? (
				<Form send={(v) => signInByFactor(v.code)} button="Sign in">
					<Field label="Code" name="code" autoComplete="one-time-code" required autofocus hint="From your second factor, or a recovery code." />
				</Form>)
				: error.value ? <Problem error={error.value} /> : <p role="status">Signing in…</p>}
			{error.value && <button onClick={() => { returned.value = null; }}>Back</button>}
		</Frame>
	);
}

const useProvider = () => useEffect(() => { findProvider(); }, []);

export const SignIn = () => useProvider() || (
	<Frame title="Sign in">
		{ended.value && <p class="note" role="status">{ended.value}</p>}
		<Form send={(v) => signIn(v.user, v.password, v.code)} button="Sign in">
			<Field label="Name" name="user" autoComplete="username" required autofocus />
			<Field label="Password" name="password" type="password" autoComplete="current-password" required />
			<Field label="Code" name="code" autoComplete="one-time-code" hint="From your second factor, if you have one; or a recovery code." />
		</Form>
		{provider.value && <Provider />}
		{passkeysWork && <Form send={signInByPasskey} button="Use a passkey" />}
		<p class="dim">
			The first admin's one-time password was printed by <code>caltrop-server init</code>. Lost it?
			Run <code>caltrop-server admin reset</code> on the service's machine.
		</p>
	</Frame>
);

async function change({ old, fresh, again }) {
	if (fresh !== again)
		throw new Error('The two new passwords are not the same.');
	await changePassword(old, fresh);
}

export const FirstPassword = () => (
	<Frame title="Choose a password">
		<p>This one-time password must be replaced before you go on, {who.value.user}.</p>
		<Form send={change} button="Set password">
			<Field label="One-time password" name="old" type="password" autoComplete="current-password" required />
			<Field label="New password" name="fresh" type="password" autoComplete="new-password" minLength={12} required hint="At least 12 characters." />
			<Field label="New password again" name="again" type="password" autoComplete="new-password" required />
		</Form>
		<button onClick={signOut}>Sign out</button>
	</Frame>
);

export const FirstFactor = () => (
	<Frame title="Set up a second factor">
		<p>The role {who.value.role} needs a second factor, so that a password alone lets nobody in, {who.value.user}.</p>
		<h2>An app that shows codes</h2>
		<Factor />
		{!who.value.sso && <><h2>Or a passkey</h2><AddPasskey /></>}
		<button onClick={signOut}>Sign out</button>
	</Frame>
);
