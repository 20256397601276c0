// SPDX-License-Identifier: Apache-2.0
// Who is signed in. `who` is null until somebody is.
import { signal } from '@preact/signals';
import { post, useToken, whenSessionEnds } from './api.js';

export const who = signal(null);
export const ended = signal(''); // why the last session is over, for the sign-in page

whenSessionEnds(() => {
	ended.value = 'Your session has ended. Sign in again.';
	who.value = null;
});

export async function signIn(user, password, code) {
	const session = await post('/login', code ? { user, password, code } : { user, password });

	useToken(session.token);
	ended.value = '';
	who.value = session;
}

/** Ends the user's other sessions; this one goes on. */
export async function changePassword(old, fresh) {
	await post('/password', { old, new: fresh });
	who.value = { ...who.value, must_change: false };
}

export async function signOut() {
	await post('/logout').catch(() => {});
	useToken('');
	who.value = null;
}

const roles = { act: ['responder', 'admin'], admin: ['admin'], audit: ['auditor', 'admin'] };

/** Whether the service would let this role do it; it decides by itself, this only hides what would be refused. */
export const may = (what) => roles[what].includes(who.value?.role);
