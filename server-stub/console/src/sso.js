// SPDX-License-Identifier: Apache-2.0
// Single sign-on: to the provider's page and back. The provider sends the browser to /sso/return with a code, which this page
// brings to the service; what the sign-in is known by is in a cookie that no script can read.
import { signal } from '@preact/signals';
import { get, post } from './api.js';
import { reread } from './route.js';

export const provider = signal(null); // { name, url }, once the service has said that there is one
export const returned = signal(null); // what the provider sent back, until it was brought to the service

/** Asks whether there is a provider. A build without single sign-on has no such path. */
export async function findProvider() {
	const said = await get('/session/sso').catch(() => null);

	provider.value = said?.name ? said : null;
}

/** Goes to the provider's page; what was asked for here is kept for the way back. */
export async function goToProvider() {
	const { url } = await post('/session/sso');

	sessionStorage.setItem('back', location.hash);
	location.assign(url);
	await new Promise(() => {}); // the page is left
}

/** Takes the answer out of the address, before anything else looks at that. */
export function takeReturn() {
	if (location.pathname !== '/sso/return')
		return;
	returned.value = Object.fromEntries(new URLSearchParams(location.search));
	const back = sessionStorage.getItem('back') || '';

	sessionStorage.removeItem('back');
	history.replaceState(null, '', back.startsWith('#/') ? `/${back}` : '/');
	reread();
}

export async function finishSso() {
	const { code, state, iss, error } = returned.value;

	if (!code || !state)
		throw new Error(/^[a-z_]{1,64}$/.test(error || '') ? `The provider let nobody in: ${error}.` : 'The provider sent no code.');
	return post('/session/sso/finish', iss ? { code, state, iss } : { code, state });
}

export const finishFactor = (code) => post('/session/sso/factor', { code });
