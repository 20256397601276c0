// SPDX-License-Identifier: Apache-2.0
// A playbook's bytes (proto/playbook.h), read as the guard does, and its blanks filled in by an incident or the operator.
import { Reader } from './bytes.js';
import { argOf, takeSteps } from './order.js';
import { params } from './verbs.js';

const FIELDS = [null, 'addr', 'account', 'pid', 'start_ticks', 'path'], INPUT = 32; // what fills a blank
const SUBJECT_BYTES = 96; // of which a device tells

const list = (r, one) => Array.from({ length: r.u8() }, () => one(r));

/** The source of a blank as its author writes it: "$incident.addr", or "$input.who" for an input. */
const sourceText = (p, source) => (source >= INPUT ? `$input.${p.inputs[source - INPUT]?.name}` : `$incident.${FIELDS[source]}`);

export const WITHDRAWN = 'CTP0';

/** {name, about, bound, level, approvals, lasts_s, rules, tags, inputs: [{name, about}], steps: [{verb, when, args, blanks}]}; null: withdrawn. */
export function readPlaybook(bytes) {
	const r = new Reader(bytes), head = String.fromCharCode(...r.take(4));

	if (head === WITHDRAWN)
		return null;
	if (head !== 'CTP1')
		throw new Error('It is not a playbook in a format that this console knows.');
	const p = { name: r.text(), about: r.text(), bound: r.u8() === 1, level: r.u8(), approvals: r.u8(), lasts_s: r.u32(), until_s: r.u64() };

	p.rules = list(r, () => r.text());
	p.tags = list(r, () => r.text());
	p.inputs = list(r, () => ({ name: r.text(), about: r.text() }));
	p.steps = takeSteps(r, (more, step) => {
		step.blanks = list(more, () => ({ name: params[more.u8()]?.name, source: more.u8() }));
		step.blanks.forEach((b) => { b.text = sourceText(p, b.source); });
	});
	r.done();
	return p;
}

/** "ban addr=$incident.addr duration_s=3600" */
export const stepText = (step) => [step.verb, ...params.filter(Boolean).flatMap(({ name }) => {
	const blank = step.blanks.find((b) => b.name === name);

	return blank ? [`${name}=${blank.text}`] : name in step.args ? [`${name}=${step.args[name] === true ? 'yes' : step.args[name]}`] : [];
})].join(' ');

/** What an incident of the API says for blanks. Of a path that the device cut or veiled nothing is taken. */
export function caseOf(incident) {
	const { subject_kind: kind, subject, src, user } = incident;

	return {
		addr: src, account: kind === 'account' ? subject : user, pid: kind === 'process' ? Number(subject.match(/\[(\d+)\]$/)?.[1]) || '' : '',
		path: kind === 'file' && subject.length < SUBJECT_BYTES && !subject.includes('?') ? subject : '',
	};
}

/** The steps with all blanks filled. An Error says what is missing. */
export function fillSteps(p, about, said) {
	return p.steps.map(({ verb, when, args, blanks }) => {
		const filled = { ...args };

		for (const { name, source, text } of blanks) {
			const value = source >= INPUT ? said[p.inputs[source - INPUT].name] : about[FIELDS[source]];

			if (value)
				filled[name] = argOf(name, String(value));
			else if (FIELDS[source] !== 'start_ticks')
				throw new Error(`Nobody said ${text}, which ${verb} needs.`);
		}
		return { verb, when, args: filled };
	});
}

const levels = ['', 'informational', 'low', 'medium', 'high', 'critical'];

export const levelName = (level) => levels[level];

/** Whether it is bound to incidents like this one. */
export function runsFor(p, incident) {
	const parts = [{ rule: incident.rule, tags: incident.tags, level: incident.severity }, ...(incident.timeline || [])];

	return p.bound && parts.some((part) => levels.indexOf(part.level) >= p.level &&
		(p.rules.includes(part.rule) || p.tags.some((tag) => part.tags?.includes(tag))));
}
