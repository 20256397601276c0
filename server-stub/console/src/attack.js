// SPDX-License-Identifier: Apache-2.0
// The matrix of MITRE ATT&CK that the tags of rules and incidents make.

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
