// SPDX-License-Identifier: Apache-2.0
// An event of any kind as one line of text: the kind's own fields, the telling ones first.

const sentences = {
	auth: (a) => `${a.service || 'somebody'}: ${a.outcome} for ${a.user || 'nobody'} from ${a.src || a.src_host || 'here'}` +
		(a.count > 1 ? `, ${a.count} times` : ''),
	finding: (f) => `${f.title || f.rule}: ${f.state}${f.src || f.subject ? `, ${f.src || f.subject}` : ''}`,
	receipt: (r) => `${r.verb} ${r.addr || r.account || r.pid || ''}: ${r.result}${r.text ? `, ${r.text}` : ''}`,
	health: (h) => (h.problems?.length ? h.problems.join('; ') : 'no problems'),
};

export function summary(event) {
	const fields = event[event.kind] || {};

	if (sentences[event.kind])
		return sentences[event.kind](fields);
	return Object.entries(fields).filter(([, v]) => typeof v !== 'object' && v !== '').map(([k, v]) => `${k} ${v}`).join(', ');
}
