// SPDX-License-Identifier: Apache-2.0
// Who is signed in: `who` is undefined until the service has said, and null while nobody is.
import { signal } from '@preact/signals';
import { get, post, remove, whenSessionEnds } from './api.js';
import { usePasskey } from './passkey.js';
import { finishFactor, finishSso, returned } from './sso.js';

export const who = signal(undefined);
export const ended = signal(''); // why the last session is over, for the sign-in page

whenSessionEnds(() => {
	if (who.value)
		ended.value = 'Your session has ended. Sign in again.';
	who.value = null;
});

/** Goes on with the session that the browser has, if it has one. */
export async function resume() {
	who.value = await get('/session').catch(() => null);
}

export async function signIn(name, password, code) {
	who.value = await post('/session', code ? { name, password, code } : { name, password });
	ended.value = '';
}

export async function signInByPasskey() {
	who.value = await usePasskey();
	ended.value = '';
}

/** With what the provider sent back; a refusal says so when a second factor's code is wanted, too. */
export async function signInBySso() {
	who.value = await finishSso();
	returned.value = null;
}

export async function signInByFactor(code) {
	who.value = await finishFactor(code);
	returned.value = null;
}

/** Ends the user's other sessions; this one goes on. */
export async function changePassword(old, fresh) {
	await post('/password', { old, new: fresh });
	who.value = { ...who.value, must_change: false };
}

export async function signOut() {
	await remove('/session');
	who.value = null;
}

const roles = { act: ['responder', 'admin'], admin: ['admin'], audit: ['auditor', 'admin'] };

/** Whether the service would let this role do it; it decides by itself, this only hides what would be refused. */
export const may = (what) => roles[what].includes(who.value?.role);
