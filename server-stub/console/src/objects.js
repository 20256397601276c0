// SPDX-License-Identifier: Apache-2.0
// Objects of the service, such as packs of rules and playbooks: the newest of each name, and their bytes.
import { get } from './api.js';
import { bytesOfBase64 } from './bytes.js';

const PAGES_MAX = 4; // of 500

/** Those of a kind that devices get, the newest of each name and group. */
export async function objectsOf(kind) {
	const seen = new Set(), found = [];
	let next = '';

	for (let page = 0; page < PAGES_MAX && next !== null; page++) {
		const part = await get(`/objects?limit=500${next && `&after=${next}`}`);

		for (const o of part.items) {
			const key = `${o.name} ${o.group}`;

			if (o.kind !== kind || o.device || o.state !== 'whole' || seen.has(key))
				continue;
			seen.add(key);
			found.push(o);
		}
		next = part.next;
	}
	return found;
}

const kept = new Map(); // an object never changes

export async function bytesOf(id) {
	if (kept.has(id))
		return kept.get(id);
	let all = new Uint8Array();

	for (;;) {
		const { size, data } = await get(`/objects/${id}/bytes?offset=${all.length}`);
		const piece = bytesOfBase64(data), more = new Uint8Array(all.length + piece.length);

		more.set(all);
		more.set(piece, all.length);
		all = more;
		if (all.length >= size || !piece.length)
			break;
	}
	kept.set(id, all);
	return all;
}
