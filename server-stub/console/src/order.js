// SPDX-License-Identifier: Apache-2.0
// The signed order's bytes, written and read by the page itself (proto/order.h, proto/verb.h), so that an operator signs what
// he was shown and nothing else. What this does not know to the last byte, it refuses. An order is {id: hex, created_s,
// not_before_s, not_after_s, author, aim: 'device' | 'group' | 'all', devices: [hex], group, dry, steps: [{verb, when, args}]}.
import { addrText, parseAddr } from './addr.js';
import { Reader, Writer, bytesOfHex, hexOf, shown, textOf } from './bytes.js';
import { paramNamed, params, takesOf, verbNamed, verbs, whatOf } from './verbs.js';

const DEVICES_MAX = 32, STEPS_MAX = 8, BYTES_MAX = 1024, NETS_MAX = 8, WINDOW_MAX_S = 30 * 86400, FOREVER = 0xffffffff;
const whens = ['always', 'if_done', 'if_failed'], aims = [null, 'device', 'group', 'all'];
const magic = { CTO2: false, CTOD: true }; // whether it is a dry run

/* -- arguments -- */

function putAddr(w, text) {
	const addr = parseAddr(text);

	if (!addr)
		throw new Error(`“${shown(text)}” is not an IPv4 or IPv6 address or network.`);
	w.u8(addr.family).u8(addr.prefix).put(addr.bytes);
}

function takeAddr(r) {
	const family = r.u8(), prefix = r.u8();

	if (family !== 4 && family !== 6)
		throw new Error('It has an address of an unknown kind.');
	return addrText({ family, prefix, bytes: [...r.take(family === 4 ? 4 : 16)] });
}

function takeNets(r) {
	const nets = [];

	while (r.left)
		nets.push(takeAddr(r));
	return nets;
}

const types = {
	addr: { put: putAddr, take: takeAddr },
	nets: { put: (w, list) => list.forEach((one) => putAddr(w, one)), take: takeNets, none: (v) => !v?.length || v.length > NETS_MAX },
	seconds: { put: (w, v) => w.u32(v === 'forever' ? FOREVER : v), take: (r) => { const v = r.u32(); return v === FOREVER ? 'forever' : v; } },
	pid: { put: (w, v) => w.u32(v), take: (r) => r.u32() },
	count: { put: (w, v) => w.u64(v), take: (r) => r.u64() },
	flag: { put: () => {}, take: () => true },
	text: { put: (w, v) => w.put(new TextEncoder().encode(v)), take: (r, p) => textOf(r.take(r.left), p.max) },
};

const isNone = (value) => value === undefined || value === '' || value === 0 || value === false;

/** count:u8 (tag:u8 len:u8 value)*, the tags rising. */
export function putArgs(w, args) {
	const given = params.filter((p) => p && !isNone(args[p.name]));

	w.u8(given.length);
	for (const p of given) {
		const value = new Writer();

		types[p.type].put(value, args[p.name]);
		w.u8(params.indexOf(p)).u8(value.bytes.length).put(value.bytes);
	}
}

export function takeArgs(r, verb) {
	const args = {};
	let last = 0;

	for (let left = r.u8(); left > 0; left--) {
		const tag = r.u8(), p = params[tag], value = new Reader(r.take(r.u8()));

		if (!p || tag <= last || !takesOf(verb).includes(p.name))
			throw new Error(`${verb.name}: argument ${p?.name || tag} is not known here.`);
		args[p.name] = types[p.type].take(value, p);
		value.done();
		if (isNone(args[p.name]) || types[p.type].none?.(args[p.name]))
			throw new Error(`${verb.name}: argument ${p.name} has a value of a wrong form.`);
		last = tag;
	}
	return args;
}

/* -- steps -- */

function checkStep({ verb: name, args }) {
	const verb = verbNamed(name);
	const missing = verb.needs.filter((need) => isNone(args[need]));
	const stranger = Object.keys(args).find((given) => !takesOf(verb).includes(given));

	if (stranger)
		throw new Error(`${name} takes no ${stranger}.`);
	if (missing.length || (verb.one.length && verb.one.filter((one) => !isNone(args[one])).length !== 1))
		throw new Error(`${name} needs ${missing.join(', ') || `one of ${verb.one.join(', ')}`}.`);
}

export function putSteps(w, steps) {
	if (!steps.length || steps.length > STEPS_MAX)
		throw new Error(`An order has 1 to ${STEPS_MAX} steps.`);
	w.u8(steps.length);
	for (const step of steps) {
		checkStep(step);
		w.u16(verbNamed(step.verb).number).u8(whens.indexOf(step.when));
		putArgs(w, step.args);
	}
}

/** `more(r, step)` reads what follows each step. */
export function takeSteps(r, more = () => {}) {
	const steps = [];

	for (let left = r.u8(); left > 0; left--) {
		const number = r.u16(), when = r.u8(), verb = verbs.find((v) => v.number === number);

		if (!verb || !whens[when] || (!steps.length && when))
			throw new Error(`This console does not know verb ${number}, or its condition; caltrop order push signs it.`);
		const step = { verb: verb.name, when: whens[when], args: takeArgs(r, verb) };

		more(r, step);
		steps.push(step);
	}
	return steps;
}

/* -- the whole -- */

function putTargets(w, o) {
	w.u8(aims.indexOf(o.aim));
	if (o.aim === 'group')
		w.text(o.group, 63);
	if (o.aim !== 'device')
		return;
	if (!o.devices.length || o.devices.length > DEVICES_MAX)
		throw new Error(`A signed order names 1 to ${DEVICES_MAX} devices; use a group for more.`);
	w.u8(o.devices.length);
	o.devices.forEach((id) => w.put(bytesOfHex(id)));
}

export function encodeOrder(o) {
	const w = new Writer();

	w.put(new TextEncoder().encode(o.dry ? 'CTOD' : 'CTO2')).put(bytesOfHex(o.id));
	w.u64(o.created_s).u64(o.not_before_s).u64(o.not_after_s).text(o.author, 63);
	putTargets(w, o);
	putSteps(w, o.steps);
	decodeOrder(w.whole); // so that nothing is offered for signing that this would not show
	return w.whole;
}

function takeTargets(r, o) {
	o.aim = aims[r.u8()];
	if (!o.aim)
		throw new Error('Its targets are of an unknown kind.');
	if (o.aim === 'group')
		o.group = r.text(63);
	if (o.aim === 'device')
		o.devices = Array.from({ length: r.u8() }, () => hexOf(r.take(16)));
	if (o.group === '' || (o.devices && (!o.devices.length || o.devices.length > DEVICES_MAX)))
		throw new Error('It names no target, or too many.');
}

function takeOrder(r) {
	const head = String.fromCharCode(...r.take(4));

	if (!(head in magic))
		throw new Error('It is not an order in a format that this console knows.');
	const o = { dry: magic[head], id: hexOf(r.take(16)), created_s: r.u64(), not_before_s: r.u64(), not_after_s: r.u64(), author: r.text(63) };

	if (o.not_after_s <= o.not_before_s || o.not_after_s - o.not_before_s > WINDOW_MAX_S)
		throw new Error('Its window makes no sense.');
	takeTargets(r, o);
	o.steps = takeSteps(r);
	o.steps.forEach(checkStep);
	r.done();
	return o;
}

export function decodeOrder(bytes) {
	const r = new Reader(bytes);

	if (bytes.length > BYTES_MAX)
		throw new Error(`It is longer than an order can be, ${BYTES_MAX} bytes.`);
	const o = takeOrder(r);
	const again = new Writer();

	putSteps(again, o.steps);
	if (hexOf(again.whole) !== hexOf(bytes.subarray(bytes.length - again.bytes.length)))
		throw new Error('It has a second spelling, which no device takes.');
	return o;
}

/* -- words -- */

const argText = (value) => (value === true ? 'yes' : shown(String(value)));

function describeStep({ verb, args }) {
	const what = whatOf(verbNamed(verb), args);
	const words = what in args ? [verb, argText(args[what])] : [verb];

	if (args.duration_s)
		words.push(args.duration_s === 'forever' ? 'without end' : `for ${args.duration_s} s`);
	for (const p of params)
		if (p && p.name !== what && p.name !== 'duration_s' && p.name in args)
			words.push(`${p.name}=${p.name === 'hash' ? 'given' : argText(args[p.name])}`);
	return words.join(' ');
}

const joints = { always: '; then ', if_done: '; if done ', if_failed: '; if failed ' };

/** In the words of the guard: "ban 192.0.2.1 for 3600 s; if failed kill 4711". */
export const describeOrder = (o) => (o.dry ? 'dry run: ' : '') +
	o.steps.map((step, i) => (i ? joints[step.when] : '') + describeStep(step)).join('');

/** How many different keys have to sign, as far as the verbs say; the trust bundle may want more. */
export const signaturesOf = (o) => (o.dry ? 1 : Math.max(...o.steps.map((step) => verbNamed(step.verb).signatures)));

const units = { s: 1, m: 60, h: 3600, d: 86400 };

function secondsOf(text) {
	const [, number, unit] = text.match(/^(\d+)([smhd]?)$/) || [];

	return text === 'forever' ? text : Number(number) * (units[unit] || 1);
}

/** A text as people write it as an argument: '' is none. What is none of its type is refused when it is encoded. */
export function argOf(name, text) {
	const { type } = paramNamed(name);

	if (text === '' || text === undefined)
		return undefined;
	if (type === 'nets')
		return text.split(',').map((one) => one.trim()).filter(Boolean);
	if (type === 'flag')
		return text === 'yes' || text === 'true';
	if (type === 'seconds')
		return secondsOf(text.trim());
	return type === 'addr' || type === 'text' ? text.trim() : Number(text);
}
