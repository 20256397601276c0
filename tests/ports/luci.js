// SPDX-License-Identifier: Apache-2.0
// Runs the page of luci-app-caltrop with stand-ins for LuCI's modules and the browser's document: what it asks of the
// device, what it shows, and what becomes of a click. Prints "ok" or "FAIL" per fact, and ends with 1 after a FAIL.
'use strict';
const fs = require('fs');
const source = fs.readFileSync(process.argv[2], 'utf8');
let failed = 0;

function is(what, got, expected) {
	const same = JSON.stringify(got) === JSON.stringify(expected);
	console.log((same ? 'ok    ' : 'FAIL  ') + what + (same ? '' : ': ' + JSON.stringify(got)));
	failed += same ? 0 : 1;
}

// An element: its children, and its text without markup.
function element(tag, attributes, children) {
	if (children === undefined && (Array.isArray(attributes) || typeof attributes !== 'object'))
		[ attributes, children ] = [ {}, attributes ];
	return {
		tag, attributes: attributes || {}, children: [].concat(children === undefined ? [] : children), value: '',
		appendChild(child) { this.children.push(child); },
		removeChild(child) { this.children.splice(this.children.indexOf(child), 1); },
		get firstChild() { return this.children[0]; }
	};
}
function text(node) {
	return (typeof node === 'object' ? node.children.map(text).join(' ') : String(node)).replace(/\s+/g, ' ');
}
function find(node, accept) {
	if (typeof node !== 'object')
		return null;
	if (accept(node))
		return node;
	return node.children.map(child => find(child, accept)).find(Boolean) || null;
}

function world(answers) {
	const w = { calls: [], notes: [], page: null };
	const answer = (command) => {
		const said = answers[command];
		if (said === undefined)
			return Promise.reject(new Error('Permission denied'));
		return Promise.resolve({ code: said.code || 0, stdout: said.stdout || '', stderr: said.stderr || '' });
	};
	const option = { value() {} };
	const modules = {
		view: { extend: (body) => body },
		form: {
			Map: function() {
				this.section = () => ({ option: () => option });
				this.render = () => Promise.resolve(element('div', {}, 'the settings'));
			}
		},
		fs: {
			exec(program, args) { w.calls.push([ program, ...args ].join(' ')); return answer([ program, ...args ].join(' ')); },
			write(path, data, mode) { w.calls.push('write ' + path + ' ' + JSON.stringify(data) + ' ' + mode.toString(8));
				return Promise.resolve(); }
		},
		poll: { add() {} },
		ui: {
			createHandlerFn: (self, f, ...args) => (event) => f.apply(self, args.concat([ event ])),
			addNotification(title, node, kind) { w.notes.push(kind + ': ' + text(node)); }
		}
	};
	const document = { getElementById: (id) => w.page && find(w.page, n => n.attributes.id === id) };
	w.view = new Function('view', 'form', 'fs', 'poll', 'ui', 'E', '_', 'document', 'window', source)(
		modules.view, modules.form, modules.fs, modules.poll, modules.ui, element, (s) => s, document, { setTimeout });
	w.open = async () => {
		w.page = await w.view.render(await w.view.load());
		await new Promise(resolve => setTimeout(resolve, 1));
		w.calls.length = 0;
	};
	w.click = (word) => find(w.page, n => n.tag === 'button' && text(n) === word).attributes.click({});
	return w;
}

const GUARD = '/usr/bin/caltrop';
const bans = (addr) => ({ stdout: JSON.stringify({ items: [ { addr, state: 'in_force', rule: 'brute_force' } ] }) });
const well = {
	[GUARD + ' local status --json']: { stdout: '{"mode":"enforce"}' },
	[GUARD + ' local health --json']: { code: 1, stdout: '{"well":false,"problems":["no nf_tables"]}' },
	[GUARD + ' local bans --json']: bans('198.51.100.7'),
	'/usr/libexec/caltrop-unban 198.51.100.7': {},
	[GUARD + ' enroll --token-file /etc/caltrop/token']: {}
};
const cleared = 'write /etc/caltrop/token "" 600';

async function main() {
	let w = world(well);
	await w.open();
	for (const word of [ 'enforce', 'no nf_tables', '198.51.100.7', 'in_force', 'the settings' ])
		is('the page shows ' + word, text(w.page).includes(word), true);
	await w.click('Lift');
	is('a click lifts the ban', w.calls[0], '/usr/libexec/caltrop-unban 198.51.100.7');
	is('without a complaint', w.notes, []);

	w = world(well);
	await w.open();
	await w.click('Join');
	is('without a token nothing is done', w.calls, []);
	find(w.page, n => n.attributes.id === 'caltrop-token').value = ' ct1.AQ \n';
	await w.click('Join');
	is('a token joins, is root\'s alone, and is taken away', w.calls, [ 'write /etc/caltrop/token "ct1.AQ\\n" 600',
		GUARD + ' enroll --token-file /etc/caltrop/token', cleared ]);
	is('which is said', w.notes, [ 'info: This device has joined the fleet.' ]);

	w = world({ ...well, [GUARD + ' enroll --token-file /etc/caltrop/token']: { code: 5, stderr: 'refused\n' } });
	await w.open();
	find(w.page, n => n.attributes.id === 'caltrop-token').value = 'ct1.AQ';
	await w.click('Join');
	is('a refusal is said', w.notes, [ 'error: This device did not join: refused' ]);
	is('and the token taken away', w.calls[2], cleared);

	w = world({ '/usr/libexec/caltrop-unban 198.51.100.7': { code: 1, stderr: 'not banned' } });
	await w.open();
	is('a guard that does not answer is said', text(w.page).includes('does not answer'), true);

	w = world({ ...well, [GUARD + ' local bans --json']: bans('<b>x</b>') });
	await w.open();
	is('what a client chose stays text', find(w.page, n => n.tag === 'b'), null);
}

main().then(() => process.exit(failed ? 1 : 0), (e) => { console.log('FAIL  ' + e.stack); process.exit(1); });
