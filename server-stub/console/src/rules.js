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

/** The tactics of MITRE ATT&CK for enterprises, in its order, as Sigma's tags name them. */
const tactics = ['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation', 'defense-evasion',
	'credential-access', 'discovery', 'lateral-movement', 'collection', 'command-and-control', 'exfiltration', 'impact'];

/**
 * The matrix by tags, which name tactics and techniques but not which is of which: a technique stands under each tactic that
 * one of its things has. Things are {tags}; [{tactic, techniques: [{id, things}]}], those without any left out.
 */
export function matrixOf(things) {
	const attack = (thing) => (thing.tags || []).filter((t) => t.startsWith('attack.')).map((t) => t.slice(7).replaceAll('_', '-'));
	const columns = tactics.map((tactic) => ({ tactic, techniques: new Map() }));

	for (const thing of things) {
		const tags = attack(thing), techniques = tags.filter((t) => /^t\d{4}/.test(t));

		for (const { techniques: cells } of columns.filter((c) => tags.includes(c.tactic)))
			for (const id of techniques.length ? techniques : ['of no technique'])
				cells.set(id, [...(cells.get(id) || []), thing]);
	}
	return columns.filter((c) => c.techniques.size).map(({ tactic, techniques }) => (
		{ tactic, techniques: [...techniques].map(([id, of]) => ({ id, things: of })).sort((a, b) => (a.id < b.id ? -1 : 1)) }));
}
