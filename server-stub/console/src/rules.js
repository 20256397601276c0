// SPDX-License-Identifier: Apache-2.0
// The rules that the service knows: those of the packs that devices were given, and of a pack that the operator has shown
// to this page, which stays in it.
import { signal } from '@preact/signals';
import { bytesOf, objectsOf } from './objects.js';
import { readPack } from './pack.js';
import { may } from './session.js';

export const shownPack = signal(null); // a file's, as readPack() gives it

/** [{object, pack}] of what devices were given; `error` where the bytes are none. */
export const loadPacks = async () => Promise.all((await objectsOf('rules')).map(async (object) => {
	if (!may('act'))
		return { object };
	return bytesOf(object.id).then((bytes) => ({ object, pack: readPack(bytes) })).catch((error) => ({ object, error }));
}));

/** The rule of that id in those packs, or undefined. */
export const ruleNamed = (packs, id) => packs.flatMap((pack) => pack?.rules || []).find((rule) => rule.id === id);
