// SPDX-License-Identifier: Apache-2.0
// The operator's own key in this browser, and what it signs. The key is made here, of P-256, and no script can read its
// private half, this one neither: the browser keeps it and signs with it. Devices obey it once a trust bundle names it.
import { signal } from '@preact/signals';
import { keyIdOf } from './bundle.js';
import { base64Of } from './bytes.js';
import { derOf } from './der.js';
import { who } from './session.js';

const DATABASE = 'caltrop', STORE = 'keys';
const curve = { name: 'ECDSA', namedCurve: 'P-256' };

export const ownKey = signal(undefined); // {id, pem, privateKey}; null: none; undefined: not known yet

const done = (request) => new Promise((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = () => reject(new Error(`This browser keeps no keys: ${request.error.message}`));
});

async function store(mode) {
	const open = indexedDB.open(DATABASE, 1);

	open.onupgradeneeded = () => open.result.createObjectStore(STORE);
	return (await done(open)).transaction(STORE, mode).objectStore(STORE);
}

const pemOf = (spki) => `-----BEGIN PUBLIC KEY-----\n${base64Of(spki).match(/.{1,64}/g).join('\n')}\n-----END PUBLIC KEY-----\n`;

async function known({ privateKey, publicKey }) {
	const spki = new Uint8Array(await crypto.subtle.exportKey('spki', publicKey));

	return { id: await keyIdOf(spki), pem: pemOf(spki), privateKey };
}

/** Finds the key that this operator has in this browser. */
export async function findKey() {
	const pair = await done((await store('readonly')).get(who.value.user));

	ownKey.value = pair ? await known(pair) : null;
}

export async function makeKey() {
	const pair = await crypto.subtle.generateKey(curve, false, ['sign', 'verify']);

	await done((await store('readwrite')).put(pair, who.value.user));
	ownKey.value = await known(pair);
}

export async function forgetKey() {
	await done((await store('readwrite')).delete(who.value.user));
	ownKey.value = null;
}

/** The signature of these bytes as a member of a call. */
export async function sign(bytes) {
	const raw = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, ownKey.value.privateKey, bytes);

	return { key_id: ownKey.value.id, value: base64Of(derOf(new Uint8Array(raw))) };
}
