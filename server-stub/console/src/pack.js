// SPDX-License-Identifier: Apache-2.0
// A pack of rules (proto/pack.h), read for people: which rules it has, who wrote them, what they look for. A pack may come
// from anybody's file, so every number in it is looked up within its bounds.
import { addrText } from './addr.js';
import { Reader } from './bytes.js';

const BYTES_MAX = 8 << 20, SHOWN_MAX = 200, DEPTH_MAX = 40;
const WHOLE = 0xffff, CORRELATION = 0x80000000, NO_LIMIT = 0xffffffff;
const HEAD = 1, STRINGS = 2, FIELDS = 3, RULES = 4, NODES = 5, MATCHERS = 6, PATTERNS = 7, CORRELATIONS = 8, REFS = 9, REF_FIELDS = 10;
const KNOWN = 12, REQUIRED = 1;
const AND = 1, OR = 2, NOT = 3;

const levels = ['', 'informational', 'low', 'medium', 'high', 'critical'];
const statuses = ['', 'experimental', 'test', 'stable', 'deprecated', 'unsupported'];
const types = ['', 'event_count', 'value_count', 'temporal', 'temporal_ordered'];
const lossy = new TextDecoder();

function sectionsOf(bytes) {
	const r = new Reader(bytes);

	if (bytes.length > BYTES_MAX || String.fromCharCode(...r.take(4)) !== 'CTP1' || r.u16() !== 1)
		throw new Error('It is not a pack of rules in a format that this console knows.');
	const list = Array.from({ length: r.u16() }, () => ({ number: r.u16(), flags: r.u16(), size: r.u32() }));
	const found = {};

	for (const { number, flags, size } of list) {
		if (number > KNOWN && flags & REQUIRED)
			throw new Error('It has a section that this console does not know.');
		found[number] = r.take(size);
	}
	r.done();
	return (number) => found[number] || new Uint8Array();
}

/** A table of rows of one size: row(n) is a reader of that row. */
function table(bytes, size) {
	const view = (n) => {
		if (n >= bytes.length / size)
			throw new Error('It names a row that is not there.');
		return new Reader(bytes.subarray(n * size, (n + 1) * size));
	};

	return { row: view, count: Math.floor(bytes.length / size) };
}

function stringsOf(bytes) {
	const r = new Reader(bytes), ends = table(bytes.subarray(4), 4), count = r.u32();
	const start = 4 + 4 * count;

	return (n) => {
		if (n >= count)
			throw new Error('It names a text that is not there.');
		return bytes.subarray(start + (n ? ends.row(n - 1).u32() : 0), start + ends.row(n).u32());
	};
}

/* -- patterns -- */

function globText(bytes) {
	const r = new Reader(bytes), parts = { 2: '*', 3: '?', 4: '-' };
	let text = '';

	while (r.left) {
		const part = r.u8();

		text += part === 1 ? lossy.decode(r.take(r.u16())) : parts[part] || '';
	}
	return text;
}

const hows = ['equals', 'begins with', 'ends with', 'contains'];
const parts = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const signs = ['<', '<=', '>', '>='];
const quote = (text) => `“${text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text}”`;
const plain = (word) => (p) => `${word} ${quote(lossy.decode(p.text))}`;

/** By the kind of a pattern. */
const kinds = [null, plain('equals'), plain('begins with'), plain('ends with'), plain('contains'),
	(p) => `is like ${quote(globText(p.text))}`,
	(p) => { const r = new Reader(p.text); return `fits ${quote(lossy.decode(r.take(r.u16())))}`; },
	(p) => { const [family, prefix, ...bytes] = p.text; return `is in ${addrText({ family, prefix, bytes: bytes.slice(0, family === 4 ? 4 : 16) })}`; },
	plain('is below'), plain('is at most'), plain('is above'), plain('is at least'), () => 'has no value', () => 'is there',
	(p, pack) => `${hows[p.flags >> 1 & 3]} the field ${pack.field(p.extra)}`,
	(p) => `has ${parts[p.extra & 15]} ${signs[(p.extra >> 4) - 8] || '='} ${lossy.decode(p.text)}`];

function patternText(pack, n) {
	const r = pack.patterns.row(n);
	const p = { kind: r.u8(), flags: r.u8(), extra: r.u16(), text: pack.bytes(r.u32()) };

	return kinds[p.kind] ? kinds[p.kind](p, pack) + (p.flags & 1 && p.kind < 7 ? ' (in this case)' : '') : 'is something that this console does not know';
}

/* -- conditions -- */

function matchText(pack, n) {
	const r = pack.matchers.row(n), field = r.u16();

	r.u16();
	const first = r.u32(), count = r.u32();
	const any = Array.from({ length: Math.min(count, SHOWN_MAX) }, (_, i) => patternText(pack, first + i)).join(' or ');

	return `${field === WHOLE ? 'any field' : pack.field(field)} ${count > 1 ? `(${any}${count > SHOWN_MAX ? ' or …' : ''})` : any}`;
}

/** [what the condition at that node says as nested lists: {all: []}, {any: []}, {not: x} or a text; the node behind it]. */
function conditionAt(pack, n, depth = 0) {
	const r = pack.nodes.row(n), kind = r.u8();

	r.take(3);
	const arg = r.u32();

	if (depth > DEPTH_MAX || (kind <= NOT && (arg <= n || arg > pack.nodes.count)))
		throw new Error('It has a condition that is none.');
	if (kind > NOT)
		return [matchText(pack, arg), n + 1];
	const within = [];

	for (let at = n + 1; at < arg;) {
		const [one, next] = conditionAt(pack, at, depth + 1);

		within.push(one);
		at = next;
	}
	return [kind === AND ? { all: within } : kind === OR ? { any: within } : { not: within[0] }, arg];
}

/** The texts that a condition wants to find, but for those within a "not": what may be marked where it was found. */
function wordsAt(pack, from) {
	const words = [];
	let end = from + 1;

	for (let n = from; n < end;) {
		const r = pack.nodes.row(n), kind = r.u8();

		r.take(3);
		const arg = r.u32();

		end = kind < NOT ? Math.max(end, arg) : end;
		n = kind === NOT ? Math.max(arg, n + 1) : n + 1;
		if (kind <= NOT)
			continue;
		const matcher = pack.matchers.row(arg);

		matcher.take(4);
		const first = matcher.u32(), count = Math.min(matcher.u32(), SHOWN_MAX);

		for (let i = 0; i < count; i++) {
			const p = pack.patterns.row(first + i), plainText = p.u8() < 5;

			p.take(3);
			if (plainText)
				words.push(lossy.decode(pack.bytes(p.u32())));
		}
	}
	return words;
}

/* -- rules -- */

const lines = (text) => text.split('\n').filter(Boolean);

const aboutOf = (r, text) => ({
	id: text(r.u32()), title: text(r.u32()), author: text(r.u32()), references: lines(text(r.u32())), falsepositives: text(r.u32()), tags: lines(text(r.u32())),
});

function ruleAt(pack, n) {
	const r = pack.rules.row(n), about = aboutOf(r, pack.text);
	const source = { category: pack.text(r.u32()), product: pack.text(r.u32()), service: pack.text(r.u32()) };
	const node = r.u32();

	return { ...about, source, level: levels[r.u8()], status: statuses[r.u8()], quiet: Boolean(r.u16() & 1), condition: () => conditionAt(pack, node)[0], words: () => wordsAt(pack, node) };
}

const titleAt = (pack, target) => (target >= CORRELATION ? pack.correlations.row(target - CORRELATION) : pack.rules.row(target));

function nameOf(pack, target) {
	const { id, title } = aboutOf(titleAt(pack, target), pack.text);

	return title || id;
}

function correlationAt(pack, n) {
	const r = pack.correlations.row(n), about = aboutOf(r, pack.text);
	const span = r.u32(), least = r.u32(), most = r.u32();

	r.u32();
	const first = r.u32(), refs = r.u16(), groups = r.u8();

	r.u8();
	const level = levels[r.u8()], status = statuses[r.u8()], type = types[r.u8()];
	const targets = Array.from({ length: refs }, (_, i) => { const ref = pack.refs.row(first + i); return [ref.u32(), ref.u32()]; });
	const by = targets.length ? Array.from({ length: groups }, (_, i) => pack.field(pack.refFields.row(targets[0][1] + i).u16())) : [];
	const often = `${least === NO_LIMIT ? 'any number' : least}${most === NO_LIMIT ? ' or more' : ` to ${most}`}`;

	return {
		...about, source: {}, level, status, type, quiet: Boolean(r.u8() & 1),
		words: () => [],
		condition: () => `${often} within ${span} s, by ${type}${by.length ? `, of one ${by.join(', ')}` : ''}: ${targets.map(([t]) => nameOf(pack, t)).join(', ')}`,
	};
}

/** {name, version, rules: [{id, title, author, references, falsepositives, tags, source, level, status, quiet, condition(), words()}]}. */
export function readPack(bytes) {
	const section = sectionsOf(bytes);
	const strings = stringsOf(section(STRINGS)), text = (n) => lossy.decode(strings(n));
	const fields = table(section(FIELDS), 4);
	const pack = {
		bytes: strings, text, field: (n) => text(fields.row(n).u32()), rules: table(section(RULES), 44), nodes: table(section(NODES), 8),
		matchers: table(section(MATCHERS), 12), patterns: table(section(PATTERNS), 8), correlations: table(section(CORRELATIONS), 52),
		refs: table(section(REFS), 8), refFields: table(section(REF_FIELDS), 2),
	};
	const head = new Reader(section(HEAD)), version = String(head.set(8));
	const all = (rows, at) => Array.from({ length: rows.count }, (_, n) => at(pack, n));

	return { version, name: text(head.u32()), rules: [...all(pack.rules, ruleAt), ...all(pack.correlations, correlationAt)] };
}

/** A condition in one line. */
export function conditionText(c) {
	const join = (list, word) => list.map((one) => (typeof one === 'string' || list.length === 1 ? conditionText(one) : `(${conditionText(one)})`)).join(` ${word} `);

	return typeof c === 'string' ? c : c.all ? join(c.all, 'and') : c.any ? join(c.any, 'or') : `not (${conditionText(c.not)})`;
}
