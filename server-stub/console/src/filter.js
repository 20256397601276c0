// SPDX-License-Identifier: Apache-2.0
// A packet-filter policy's bytes (proto/filter.h), read for people in the words of `caltrop policy show`.
import { addrText } from './addr.js';
import { Reader } from './bytes.js';

const ways = ['in', 'out', 'forward'], whats = [null, 'tcp', 'udp', 'ping', 'any'], names = ['inbound', 'outbound', 'forward'];

const list = (r, one) => Array.from({ length: r.u8() }, () => one(r));

function net(r) {
	const family = r.u8(), prefix = r.u8();

	if (family !== 4 && family !== 6)
		throw new Error('It has an address of an unknown kind.');
	return addrText({ family, prefix, bytes: [...r.take(family === 4 ? 4 : 16)] });
}

function range(r) {
	const first = r.u16(), last = r.u16();

	return last > first ? `/${first}-${last}` : `/${first}`;
}

/** Its lines: "inbound: drop", "allow in tcp/22 from 10.0.0.0/8". */
export function readFilter(bytes) {
	const r = new Reader(bytes);

	if (String.fromCharCode(...r.take(4)) !== 'CTF1')
		throw new Error('It is not a packet-filter policy in a format that this console knows.');
	const lines = names.map((name) => `${name}: ${r.u8() ? 'drop' : 'accept'}`), log = r.u16();

	if (log)
		lines.push(`log: ${log}`);
	lines.push(...list(r, () => `decoy tcp/${r.u16()}`));
	const nets = list(r, () => list(r, net)), ports = list(r, () => list(r, range));
	const of = (word, number) => (number && nets[number - 1] ? ` ${word} ${nets[number - 1].join(', ')}` : '');

	for (const [way, what, port, from, to] of list(r, () => [...r.take(5)])) {
		if (!ways[way] || !whats[what] || port > ports.length || from > nets.length || to > nets.length)
			throw new Error('It grants something that this console does not know.');
		for (const one of port ? ports[port - 1] : [''])
			lines.push(`allow ${ways[way]} ${whats[what]}${one}${of('from', from)}${of('to', to)}`);
	}
	r.done();
	return lines;
}
