// SPDX-License-Identifier: Apache-2.0
// The trust bundle's bytes (proto/bundle.h), read for what it says of order keys. Devices judge who signed it; this page
// cannot, so it only helps an operator to see early what devices would say.
import { Reader, bytesOfBase64, hexOf } from './bytes.js';

export async function keyIdOf(spki) {
	return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', spki)).subarray(0, 8));
}

const key = (r) => r.take(r.u8());
const list = (r, one) => Array.from({ length: r.u8() }, () => one(r));

/** {version, keys: [{id, name, verbs: set, kinds: set, browser: whether one keeps it}], needs: {number of the verb: signatures}}. */
export async function readBundle(base64) {
	const sealed = new Reader(bytesOfBase64(base64));
	const r = new Reader(sealed.take(sealed.u16()));

	const format = String.fromCharCode(...r.take(4));

	if (format !== 'CTB1' && format !== 'CTB2')
		throw new Error('The trust bundle is of a format that this console does not know.');
	r.take(16);
	const version = r.u64();

	r.take(8);
	r.u8();
	list(r, key);
	const keys = list(r, () => ({
		spki: key(r), name: r.text(32), verbs: r.set(8), kinds: r.set(8), browser: format === 'CTB2' && r.u8() === 1,
	}));
	const needs = Object.fromEntries(list(r, () => [r.u16(), r.u8()]));

	for (const k of keys)
		k.id = await keyIdOf(k.spki);
	return { version, keys, needs };
}
