// SPDX-License-Identifier: Apache-2.0
// An event of any kind as one line of text: the kind's own fields, the telling ones first.

const times = (e) => (e.count > 1 ? `, ${e.count} times` : '');

const sentences = {
	auth: (a) => `${a.service || 'somebody'}: ${a.outcome} for ${a.user || 'nobody'} from ${a.src || a.src_host || 'here'}${times(a)}`,
	finding: (f) => `${f.title || f.rule}: ${f.state}${f.src || f.subject ? `, ${f.src || f.subject}` : ''}`,
	receipt: (r) => `${r.verb} ${r.addr || r.account || r.pid || ''}: ${r.result}${r.text ? `, ${r.text}` : ''}`,
	process: (p) => `${p.action} by ${p.user || p.uid || 'somebody'}: ${p.args || p.image || p.name}` +
		`${p.ancestry ? `, of ${p.ancestry}` : ''}${times(p)}`,
	exposure: (x) => `${x.id} ${x.action}${x.object ? `: ${x.object}` : ''}${x.evidence ? `, ${x.evidence}` : ''}`,
	chain_head: (c) => `all receipts up to ${c.seq} are signed`,
	health: (h) => (h.problems?.length ? h.problems.join('; ') : 'no problems'),
};

export function summary(event) {
	const fields = event[event.kind] || {};

	if (sentences[event.kind])
		return sentences[event.kind](fields);
	return Object.entries(fields).filter(([k, v]) => typeof v !== 'object' && v !== '' && k !== 'source' && k !== 'count')
		.map(([k, v]) => `${k} ${v}`).join(', ') + times(fields);
}
