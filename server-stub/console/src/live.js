// SPDX-License-Identifier: Apache-2.0
// What the service tells as it happens: one stream of incidents and one of receipts, as long as somebody is signed in.
// That of receipts goes on behind the last event that it had. That of incidents tells each as it is in the views, so that
// lists take it as it comes; after a break, or where it lost some, its listeners get null and read their lists anew.
import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { stream } from './api.js';
import { who } from './session.js';

const AGAIN_MS = [500, 1000, 2000, 5000, 15000];
const SOON_MS = 20;
const REST = 4; // a list that took a while to load is left alone this many times as long, however many events come
const VIEW_MS = 600; // the service's views follow its log within this time, so lists are looked at once more then

const streams = {
	incident: { path: '/incidents/stream', tells: (event, data) => ({ incident: data, start: null, reset: null })[event] },
	receipt: { path: '/events/stream?kind=receipt', tells: (event, data) => (event === 'event' ? data : undefined) },
};
const listeners = { incident: new Set(), receipt: new Set() };
const open = signal([]); // kinds whose stream is open

export const connected = computed(() => open.value.length === Object.keys(listeners).length);

async function follow(kind, stop) {
	let last = '', failures = 0;

	while (!stop.aborted) {
		try {
			await stream(streams[kind].path, {
				last,
				signal: stop,
				opened: () => {
					failures = 0;
					open.value = [...open.value, kind];
				},
				take: (event, data, id) => {
					const told = streams[kind].tells(event, data);

					last = id || last;
					if (told !== undefined)
						listeners[kind].forEach((listener) => listener(told));
				},
			});
		} catch {
			// The next turn says whether it is still so.
		}
		open.value = open.value.filter((k) => k !== kind);
		if (!stop.aborted)
			await new Promise((next) => setTimeout(next, AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)]));
	}
}

let stopper = null;

effect(() => {
	const wanted = Boolean(who.value && !who.value.must_change && !who.value.must_enrol);

	if (wanted && !stopper) {
		stopper = new AbortController();
		for (const kind of Object.keys(listeners))
			follow(kind, stopper.signal);
	} else if (!wanted && stopper) {
		stopper.abort();
		stopper = null;
	}
});

/** Calls `act` with each thing of the kind that is told while the component is shown; with null: some were not told. */
export function useEvents(kind, act) {
	useEffect(() => {
		listeners[kind].add(act);
		return () => listeners[kind].delete(act);
	}, [kind, act]);
}

/**
 * A function that calls `act` soon; calls in between count as one. With `lags`, once more when the views have followed: for
 * what is told out of the log.
 */
export function soon(act, lags) {
	let timer = 0, later = 0, notBefore = 0;
	const run = async () => {
		const began = Date.now();

		await act();
		notBefore = Date.now() + REST * (Date.now() - began);
		timer = 0;
	};

	return () => {
		timer ||= setTimeout(run, Math.max(SOON_MS, notBefore - Date.now()));
		if (!lags)
			return;
		clearTimeout(later);
		later = setTimeout(run, VIEW_MS);
	};
}
