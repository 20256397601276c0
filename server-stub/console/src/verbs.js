// SPDX-License-Identifier: Apache-2.0
// The vocabulary of verbs, as proto/verb.c has it: by number, with the parameters that stand in signed bytes. A verb that is
// not here the console does not sign. tests/console/order.mjs compares it with what the C code writes.

/** By tag. `type` is how it stands in bytes. */
export const params = [null,
	{ name: 'addr', type: 'addr', label: 'Address or network' },
	{ name: 'duration_s', type: 'seconds', label: 'For' },
	{ name: 'account', type: 'text', max: 32, label: 'Account' },
	{ name: 'pid', type: 'pid', label: 'Process' },
	{ name: 'start_ticks', type: 'count', label: 'Which started at (ticks)' },
	{ name: 'lease_s', type: 'seconds', label: 'Lease, in seconds' },
	{ name: 'last_way', type: 'flag', label: 'Also where nobody else could log in' },
	{ name: 'tree', type: 'flag', label: 'Also those that descend from it' },
	{ name: 'allow', type: 'nets', label: 'Networks that pass, with commas between' },
	{ name: 'dns', type: 'flag', label: 'Look-ups of names pass' },
	{ name: 'dhcp', type: 'flag', label: 'The configuration of addresses passes' },
	{ name: 'include_me', type: 'flag', label: 'Also with addresses that are never banned' },
	{ name: 'rate', type: 'count', label: 'Packets a second' },
	{ name: 'path', type: 'text', max: 191, label: 'File' },
	{ name: 'clear', type: 'flag', label: 'Also where others could read what is sent' },
	{ name: 'name', type: 'text', max: 47, label: 'Name' },
	{ name: 'hash', type: 'text', max: 127, label: 'Hash of the new password' },
];

export const paramNamed = (name) => params.find((p) => p?.name === name);

/**
 * `needs`: parameters without which it makes no sense; `one`: it is done to exactly one of these; `takes`: further ones;
 * `undoes`: the verb whose effect it takes back; `harsh`: it asks for a typed confirmation even for one device.
 */
export const verbs = [
	{ number: 1, name: 'ban', needs: ['addr'], takes: ['duration_s'], does: 'drop all packets from it' },
	{ number: 2, name: 'unban', undoes: 'ban', needs: ['addr'], does: 'end its ban' },
	{ number: 14, name: 'limit', needs: ['addr', 'rate'], takes: ['duration_s'], does: 'drop what it sends beyond that many packets a second' },
	{ number: 15, name: 'unlimit', undoes: 'limit', needs: ['addr'], does: 'end its limit' },
	{ number: 13, name: 'cut', one: ['addr', 'account', 'pid'], takes: ['start_ticks', 'include_me'], harsh: true, does: 'end its TCP connections' },
	{ number: 4, name: 'logout', needs: ['account'], harsh: true, does: 'end its sessions and processes' },
	{ number: 8, name: 'lock', needs: ['account'], takes: ['duration_s', 'last_way'], harsh: true, does: 'let nobody log in to it' },
	{ number: 9, name: 'unlock', undoes: 'lock', needs: ['account'], does: 'end its lock' },
	{ number: 3, name: 'reset', one: ['account', 'name'], takes: ['last_way', 'hash'], harsh: true, does: 'give it a new random secret, sealed to the escrow key' },
	{ number: 5, name: 'kill', one: ['pid', 'path'], takes: ['start_ticks', 'tree'], harsh: true, does: 'end it' },
	{ number: 10, name: 'suspend', needs: ['pid'], takes: ['start_ticks', 'tree', 'duration_s'], harsh: true, does: 'stop it without ending it' },
	{ number: 11, name: 'resume', undoes: 'suspend', needs: ['pid'], takes: ['start_ticks'], does: 'let it go on' },
	{ number: 18, name: 'quarantine', needs: ['path'], harsh: true, does: 'put it where nobody can run or read it' },
	{ number: 19, name: 'restore', undoes: 'quarantine', needs: ['path'], does: 'put it back out of quarantine' },
	{ number: 6, name: 'isolate', takes: ['duration_s', 'lease_s', 'allow', 'dns', 'dhcp'], harsh: true, does: 'let only this service reach the device, and it only the service' },
	{ number: 7, name: 'release', undoes: 'isolate', does: 'end the isolation' },
	{ number: 25, name: 'stop', needs: ['name'], takes: ['duration_s', 'last_way'], harsh: true, does: 'stop the service' },
	{ number: 26, name: 'start', undoes: 'stop', needs: ['name'], does: 'start the service again' },
	{ number: 27, name: 'disable', needs: ['name'], takes: ['last_way'], harsh: true, does: 'stop the service, and not start it at boot' },
	{ number: 28, name: 'enable', undoes: 'disable', needs: ['name'], does: 'let the service be started at boot again' },
	{ number: 24, name: 'hook', needs: ['name'], takes: ['addr', 'account'], harsh: true, does: 'run the program that its settings have under that name' },
	{ number: 29, name: 'reboot', signatures: 2, harsh: true, does: 'reboot ten seconds later' },
	{ number: 16, name: 'maintain', takes: ['duration_s'], does: 'let changes of files raise no alert for a while' },
	{ number: 17, name: 'conclude', undoes: 'maintain', does: 'end the maintenance' },
	{ number: 20, name: 'policy', takes: ['lease_s'], harsh: true, does: 'put the packet-filter policy that was sent last in force, on trial' },
	{ number: 21, name: 'lift', undoes: 'policy', does: 'end the packet-filter policy, and the one before it' },
	{ number: 12, name: 'audit', does: 'look at what it offers to an attacker' },
	{ number: 22, name: 'collect', takes: ['path', 'clear'], does: 'collect what runs, listens and is connected, sealed to the escrow key' },
	{ number: 23, name: 'discard', undoes: 'collect', does: 'remove what was collected and is not sent yet' },
].map((v) => ({ needs: [], one: [], takes: [], signatures: 1, ...v }));

export const verbNamed = (name) => verbs.find((v) => v.name === name);

/** The steps that take back what these brought into force, the last first. */
export function undoOf(steps) {
	return [...steps].reverse().flatMap(({ verb, args }) => {
		const undo = verbs.find((v) => v.undoes === verb), kept = undo?.needs.filter((name) => name in args) || [];

		return undo && kept.length === undo.needs.length ? [{ verb: undo.name, when: 'always', args: Object.fromEntries(kept.map((name) => [name, args[name]])) }] : [];
	});
}

export const takesOf = (verb) => [...verb.needs, ...verb.one, ...verb.takes];

/** The parameter that a step is done to: the one of `one` that is given, else the first that the verb needs; or none. */
export function whatOf(verb, args) {
	const byTag = (names) => params.find((p) => p && names.includes(p.name))?.name;

	return byTag(verb.one.filter((name) => name in args)) || byTag([...verb.needs, ...verb.one]);
}

/** As a POSIX shell reads it back. */
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const words = { always: 'then', if_done: 'if-done', if_failed: 'if-failed' };

const said = (value) => quoted(value === true ? 'yes' : String(value));

function wordsOf({ verb, args }) {
	const what = whatOf(verbNamed(verb), {});
	const bare = what in args && !String(args[what]).includes('=');

	return [verb, ...(bare ? [said(args[what])] : []),
		...Object.keys(args).filter((name) => !bare || name !== what).map((name) => `${name.replace(/_s$/, '')}=${said(args[name])}`)];
}

/** The order as `caltrop` takes it: {steps: [{when, verb, args}], aim: 'device', 'group' or 'all', name, dry}. */
export function commandOf({ steps, aim, name, dry }) {
	const all = steps.flatMap((step, i) => (i ? [words[step.when], ...wordsOf(step)] : wordsOf(step)));

	return ['caltrop', 'order', 'push', ...all, ...(aim === 'all' ? ['--all'] : [`--${aim}`, quoted(name || '')]),
		...(dry ? ['--dry-run'] : []), '--wait'].join(' ');
}
