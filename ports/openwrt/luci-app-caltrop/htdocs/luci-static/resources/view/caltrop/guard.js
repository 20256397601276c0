// SPDX-License-Identifier: Apache-2.0
// One page: what the guard says of itself, its bans and a way to lift one, its mode, and the token that joins a fleet.
'use strict';
'require view';
'require form';
'require fs';
'require poll';
'require ui';

var GUARD = '/usr/bin/caltrop';
var UNBAN = '/usr/libexec/caltrop-unban';
var TOKEN = '/etc/caltrop/token';

// What a question was answered, or null: the guard does not run, or is older than this page. `local health` ends with 1
// when something is wrong, and answers nevertheless.
function ask(what) {
	return fs.exec(GUARD, [ 'local', what, '--json' ]).then(function(said) {
		return JSON.parse(said.stdout);
	}).catch(function() { return null; });
}

function askAll() {
	return Promise.all([ ask('status'), ask('health'), ask('bans') ]);
}

function failed(said, what) {
	ui.addNotification(null, E('p', [ what, ' ', (said.stderr || said.stdout || '').trim() ]), 'error');
}

function unban(addr) {
	return fs.exec(UNBAN, [ addr ]).then(function(said) {
		if (said.code)
			failed(said, _('The ban was not lifted:'));
		return askAll().then(show);
	});
}

function join(ev) {
	var token = document.getElementById('caltrop-token').value.trim();

	if (!token)
		return Promise.resolve();
	// 0600; it is good once, and taken away whatever becomes of it.
	return fs.write(TOKEN, token + '\n', 384).then(function() {
		return fs.exec(GUARD, [ 'enroll', '--token-file', TOKEN ]);
	}).then(function(said) {
		if (said.code)
			return failed(said, _('This device did not join:'));
		ui.addNotification(null, E('p', _('This device has joined the fleet.')), 'info');
	}).catch(function(e) {
		failed({ stderr: e.message }, _('This device did not join:'));
	}).finally(function() { return fs.write(TOKEN, '', 384); });
}

function table(titles, rows, none) {
	return E('table', { 'class': 'table' }, [
		E('tr', { 'class': 'tr table-titles' }, titles.map(function(t) { return E('th', { 'class': 'th' }, t); }))
	].concat(rows.length ? rows.map(function(row) {
		return E('tr', { 'class': 'tr' }, row.map(function(cell) { return E('td', { 'class': 'td' }, [ cell ]); }));
	}) : [ E('tr', { 'class': 'tr placeholder' }, E('td', { 'class': 'td' }, none)) ]));
}

function banRows(bans) {
	return ((bans && bans.items) || []).map(function(ban) {
		return [ ban.addr || '', ban.state || '', ban.rule || '',
			E('button', { 'class': 'btn cbi-button-remove',
				'click': ui.createHandlerFn(this, unban, ban.addr) }, _('Lift')) ];
	});
}

function statusRows(status, health) {
	var rows = Object.keys(status || {}).map(function(name) { return [ name, String(status[name]) ]; });

	((health && health.problems) || []).forEach(function(problem) { rows.push([ _('Problem'), String(problem) ]); });
	return rows;
}

function show(answers) {
	var place = document.getElementById('caltrop-now');

	if (!place)
		return;
	while (place.firstChild)
		place.removeChild(place.firstChild);
	if (!answers[0])
		place.appendChild(E('p', { 'class': 'alert-message warning' },
			_('The guard does not answer. The system log says why.')));
	place.appendChild(E('h3', _('Guard')));
	place.appendChild(table([ _('What'), '' ], statusRows(answers[0], answers[1]), _('Nothing is known.')));
	place.appendChild(E('h3', _('Bans')));
	place.appendChild(table([ _('Address'), _('State'), _('Rule'), '' ], banRows(answers[2]), _('Nobody is banned.')));
}

function settings() {
	var map = new form.Map('caltrop', _('Settings'));
	var section = map.section(form.NamedSection, 'response', 'response');
	var mode = section.option(form.ListValue, 'mode', _('Mode'),
		_('observe reports what it would do, and touches nothing.'));

	mode.value('enforce');
	mode.value('observe');
	section.option(form.DynamicList, 'never_ban', _('Never ban'), _('Addresses and networks you log in from.'));
	return map.render();
}

return view.extend({
	load: askAll,

	render: function(answers) {
		return settings().then(function(map) {
			var now = E('div', { 'id': 'caltrop-now' });
			var page = E('div', {}, [ E('h2', 'Caltrop'), now, map,
				E('div', { 'class': 'cbi-section' }, [
					E('h3', _('Join a fleet')),
					E('textarea', { 'id': 'caltrop-token', 'rows': 3, 'style': 'width: 100%', 'autocomplete': 'off',
						'placeholder': _('The token that `caltrop token create` printed') }),
					E('button', { 'class': 'btn cbi-button-action', 'click': ui.createHandlerFn(this, join) }, _('Join'))
				]) ]);

			window.setTimeout(function() { show(answers); }, 0);
			poll.add(function() { return askAll().then(show); }, 10);
			return page;
		});
	}
});
