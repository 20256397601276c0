// SPDX-License-Identifier: Apache-2.0
// Big-endian fields of signed bytes, read and written; base64 and hexadecimal. Whatever is wrong is an Error with a sentence.

const MAX = BigInt(Number.MAX_SAFE_INTEGER);

export class Reader {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}

	take(count) {
		if (this.at + count > this.bytes.length)
			throw new Error('It ends before it is complete.');
		this.at += count;
		return this.bytes.subarray(this.at - count, this.at);
	}

	/** As a BigInt: bit n of a set says whether n is in it. */
	set(size) {
		return this.take(size).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
	}

	number(size) {
		const value = this.set(size);

		if (value > MAX)
			throw new Error('It has a number that this page cannot show.');
		return Number(value);
	}

	u8() { return this.number(1); }
	u16() { return this.number(2); }
	u32() { return this.number(4); }
	u64() { return this.number(8); }

	/** A length of one byte and so many bytes of text. */
	text(max = 255) { return textOf(this.take(this.u8()), max); }

	get left() { return this.bytes.length - this.at; }

	done() {
		if (this.left)
			throw new Error('Bytes follow its end.');
	}
}

/** UTF-8 and nothing else; without NUL. */
export function textOf(bytes, max) {
	const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

	if (bytes.length > max || text.includes('\0'))
		throw new Error('It has a text that is too long, or is none.');
	return text;
}

export class Writer {
	constructor() {
		this.bytes = [];
	}

	put(bytes) {
		this.bytes.push(...bytes);
		return this;
	}

	number(value, size) {
		if (!Number.isSafeInteger(value) || value < 0 || BigInt(value) >> BigInt(8 * size))
			throw new Error(`${value} is not a number that has room there.`);
		return this.put(Array.from({ length: size }, (_, i) => Number(BigInt(value) >> BigInt(8 * (size - 1 - i)) & 255n)));
	}

	u8(value) { return this.number(value, 1); }
	u16(value) { return this.number(value, 2); }
	u32(value) { return this.number(value, 4); }
	u64(value) { return this.number(value, 8); }

	text(value, max = 255) {
		const bytes = new TextEncoder().encode(value);

		if (bytes.length > max || value.includes('\0'))
			throw new Error(`“${value.slice(0, 40)}” is longer than ${max} bytes, or is no text.`);
		return this.u8(bytes.length).put(bytes);
	}

	get whole() { return Uint8Array.from(this.bytes); }
}

export const hexOf = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export function bytesOfHex(text) {
	if (!/^([\da-f]{2})*$/i.test(text))
		throw new Error('It is not hexadecimal.');
	return Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));
}

export const base64Of = (bytes) => btoa(String.fromCharCode(...bytes));
export const bytesOfBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** A text from elsewhere on a line of its own: what could hide or turn other text around is written out. */
export const shown = (text) => text.replace(/[^\x20-\x7e]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
