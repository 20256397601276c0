// SPDX-License-Identifier: Apache-2.0
// A Sigma filter that keeps a rule from telling of an incident like this one again, as text for the folder of rules.

const fields = {
	src: (category) => (category === 'packet' ? 'src_ip' : 'SourceIp'),
	account: (category) => (['auth', 'account'].includes(category) ? 'TargetUserName' : 'User'),
	process: () => 'Image',
	file: () => 'TargetFilename',
};

/** In single quotes of YAML nothing but the quote means anything; control characters have no place there. */
const quoted = (text) => `'${text.replace(/[\u0000-\u001f\u007f]/g, '?').replaceAll("'", "''")}'`;

/** Sigma reads *, ? and \ of a value as its own. */
const value = (text) => quoted(text.replace(/[*?\\]/g, '\\$&'));

export function filterFor(rule, incident) {
	const about = incident.subject.replace(/\[\d+\]$/, ''), field = fields[incident.subject_kind]?.(rule.source.category);

	if (!field || !about)
		return null;
	return [
		`title: ${quoted(`Not for ${about}: ${rule.title || rule.id}`)}`, `id: ${crypto.randomUUID()}`, 'logsource:',
		...Object.entries(rule.source).filter(([, v]) => v).map(([k, v]) => `  ${k}: ${quoted(v)}`),
		'filter:', '  rules:', `    - ${quoted(rule.id)}`, '  selection:', `    ${field}: ${value(about)}`, '  condition: not selection', '',
	].join('\n');
}
