// SPDX-License-Identifier: Apache-2.0
// The address behind '#' is the state: #/incidents?state=open. A link to it shows the same.
import { signal } from '@preact/signals';

function read() {
	const [path, query] = location.hash.replace(/^#\/?/, '').split('?');

	return {
		path: path.split('/').filter(Boolean).map(decodeURIComponent),
		query: Object.fromEntries(new URLSearchParams(query || '')),
	};
}

export const route = signal(read());

/** After the address was changed without an event. */
export function reread() {
	route.value = read();
}

addEventListener('hashchange', () => {
	reread();
	scrollTo(0, 0);
});

/** to(['devices', id], {tab: 'events'}) is the address of that screen. */
export function to(path, query = {}) {
	const words = Object.entries(query).filter(([, v]) => v);

	return `#/${path.map(encodeURIComponent).join('/')}${words.length ? `?${new URLSearchParams(words)}` : ''}`;
}

export function go(path, query) {
	location.hash = to(path, query);
}

/** Changes filters of the present screen; does not add to the browser's history for each letter typed. */
export function setQuery(change) {
	history.replaceState(null, '', to(route.value.path, { ...route.value.query, ...change }));
	reread();
}
