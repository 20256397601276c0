// SPDX-License-Identifier: Apache-2.0
// Addresses and networks as orders have them: {family: 4 or 6, prefix, bytes}, from and to the text that people write.

function parse4(text) {
	const parts = text.split('.');

	return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256) ? parts.map(Number) : null;
}

const groups = (text) => (text ? text.split(':').map((g) => (/^[\da-f]{1,4}$/i.test(g) ? parseInt(g, 16) : NaN)) : []);

function parse6(text) {
	const tail = text.slice(text.lastIndexOf(':') + 1), last = tail.includes('.') ? parse4(tail) : null;

	if (tail.includes('.') && !last)
		return null;
	const plain = last ? text.slice(0, -tail.length) + [last[0] * 256 + last[1], last[2] * 256 + last[3]].map((n) => n.toString(16)).join(':') : text;
	const [head, rest, more] = plain.split('::').map(groups);

	if (more || (rest ? head.length + rest.length > 7 : head.length !== 8))
		return null;
	const all = rest ? [...head, ...Array(8 - head.length - rest.length).fill(0), ...rest] : head;

	return all.some(Number.isNaN) ? null : all.flatMap((n) => [n >> 8, n & 255]);
}

const isMapped = (bytes) => bytes.slice(0, 10).every((b) => !b) && bytes[10] === 255 && bytes[11] === 255;

/** "192.0.2.1", "2001:db8::/64". null: it is neither. Bits behind the prefix are cut off, as the guard does it. */
export function parseAddr(text) {
	const [host, length, more] = text.trim().split('/');
	const four = parse4(host), bytes = four || parse6(host);
	const bits = four ? 32 : 128, prefix = length === undefined ? bits : Number(length);

	if (!bytes || more !== undefined || (length !== undefined && !/^\d{1,3}$/.test(length)) || prefix > bits)
		return null;
	const kept = bytes.map((b, i) => b & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))) & 255);

	if (!four && prefix >= 96 && isMapped(kept))
		return { family: 4, prefix: prefix - 96, bytes: kept.slice(12) };
	return { family: four ? 4 : 6, prefix, bytes: kept };
}

function text6(bytes) {
	const all = Array.from({ length: 8 }, (_, i) => bytes[2 * i] * 256 + bytes[2 * i + 1]);
	let at = -1, most = 1;

	for (let i = 0; i < 8; i++) {
		let n = 0;

		while (all[i + n] === 0)
			n++;
		if (n > most)
			[at, most] = [i, n];
	}
	const join = (part) => part.map((n) => n.toString(16)).join(':');

	return at < 0 ? join(all) : `${join(all.slice(0, at))}::${join(all.slice(at + most))}`;
}

/** As RFC 5952 writes it, with "/" and the prefix unless it is one host. */
export function addrText({ family, prefix, bytes }) {
	return (family === 4 ? bytes.join('.') : text6(bytes)) + (prefix === (family === 4 ? 32 : 128) ? '' : `/${prefix}`);
}
