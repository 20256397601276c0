// SPDX-License-Identifier: Apache-2.0
// The verbs that the console offers: what each needs and what it does to a device. The API and `caltrop order verbs` know
// more. `ends`: it takes a duration. `harsh`: it asks for a typed confirmation even for one device.

export const verbs = [
	{ name: 'ban', param: 'addr', label: 'Address or network', ends: true, does: 'drop all packets from it' },
	{ name: 'unban', param: 'addr', label: 'Address or network', does: 'end its ban' },
	{ name: 'logout', param: 'account', label: 'Account', harsh: true, does: 'end its sessions and processes' },
	{ name: 'lock', param: 'account', label: 'Account', ends: true, harsh: true, does: 'let nobody log in to it' },
	{ name: 'unlock', param: 'account', label: 'Account', does: 'end its lock' },
	{ name: 'reset', param: 'account', label: 'Account', harsh: true, does: 'give it a new random secret, sealed to the escrow key' },
	{ name: 'kill', param: 'pid', label: 'Process', number: true, harsh: true, does: 'end it' },
	{ name: 'quarantine', param: 'path', label: 'File', harsh: true, does: 'put it where nobody can run or read it' },
	{ name: 'restore', param: 'path', label: 'File', does: 'put it back out of quarantine' },
	{ name: 'isolate', ends: true, harsh: true, does: 'let only this service reach the device, and it only the service' },
	{ name: 'release', does: 'end the isolation' },
	{ name: 'audit', does: 'look at what it offers to an attacker' },
	{ name: 'collect', does: 'collect what runs, listens and is connected, sealed to the escrow key' },
];

export const verbNamed = (name) => verbs.find((v) => v.name === name) || verbs[0];

/** As a POSIX shell reads it back. */
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The order as `caltrop` takes it. */
export function commandOf({ verb, target, span, aim, name, dry }) {
	const words = ['caltrop', 'order', 'push', verb];

	if (target)
		words.push(quoted(target));
	if (span)
		words.push('--for', `${span}s`);
	words.push(...(aim === 'all' ? ['--all'] : [`--${aim}`, quoted(name || '')]));
	if (dry)
		words.push('--dry-run');
	return [...words, '--wait'].join(' ');
}
