// SPDX-License-Identifier: Apache-2.0
// What a screen shows of the service: loaded, loading or failed; and lists with more pages behind.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { get, query } from './api.js';
import { soon, useEvents } from './live.js';

const VIEW_TRIES = 40, VIEW_MS = 250;

/**
 * Loads by `ask()`, again when `key` changes and, with `on` ('incident', 'receipt', 'both'), when such an event comes. Until
 * the answer is here, `data` is that of before; `fresh` says whether it is of the present key. `change(how)` puts
 * `how(data)` in its place, and in that of an answer which is on its way, since that may be older.
 */
export function useLoad(ask, key, on) {
	const state = useSignal({ data: null, error: null, key: null });
	const { load, change } = useMemo(() => {
		const put = (next, changes) => {
			state.value = next.data ? { ...next, data: changes.reduce((data, how) => how(data), next.data) } : next;
		};
		let turn = 0, asked = 0, changes = [];

		return {
			load: async () => {
				const mine = ++turn, known = changes.length;

				asked++;
				const next = await ask().then((data) => ({ data, error: null, key }), (error) => ({ ...state.peek(), error }));

				if (mine === turn) // a later question has the newer answer
					put(next, changes.slice(known));
				if (!--asked)
					changes = [];
				return next.data;
			},
			change: (how) => {
				if (asked)
					changes.push(how);
				if (state.peek().key === key)
					put(state.peek(), [how]);
			},
		};
	}, [key]);

	useEffect(() => {
		load();
	}, [load]);
	const again = useMemo(() => ({ incident: soon(load), receipt: soon(load, true) }), [load]);

	useEvents('incident', on === 'incident' || on === 'both' ? again.incident : nothing);
	useEvents('receipt', on === 'receipt' || on === 'both' ? again.receipt : nothing);
	return { ...state.value, fresh: state.value.key === key, load, change };
}

function nothing() {}

/** Loads until what was just done is there: the service's views follow its log a moment later. */
export async function loadUntil(load, holds) {
	for (let i = 0; i < VIEW_TRIES && !holds(await load()); i++)
		await new Promise((next) => setTimeout(next, VIEW_MS));
}

/** A list of the API with the given filters. `more()` adds the next page; events refresh what is shown. */
export function useList(path, filters, on) {
	const pages = useSignal(1);
	const key = path + query(filters);
	useEffect(() => {
		pages.value = 1;
	}, [key]);
	const list = useLoad(async () => {
		let items = [], next = '';

		for (let page = 0; page < pages.peek(); page++) {
			const part = await get(path + query({ ...filters, after: next }));

			items = items.concat(part.items);
			next = part.next;
			if (!next)
				break;
		}
		return { items, next };
	}, key, on);

	return {
		...list,
		items: list.data?.items,
		more: list.data?.next ? () => {
			pages.value++;
			list.load();
		} : null,
	};
}

const GROWN_MAX = 500; // told incidents that a list takes before it is read anew, so that no page grows for ever

/** Incidents of the given filters. What opens or changes is put in as it is told, with no question to the service. */
export function useIncidents(filters) {
	const list = useList('/incidents', filters);
	const { load, change } = list;
	const take = useMemo(() => {
		let grown = 0;

		return (incident) => {
			if (!incident || ++grown > GROWN_MAX) {
				grown = 0;
				load();
			} else {
				change((data) => ({ ...data, items: withIncident(data.items, incident, fits(incident, filters)) }));
			}
		};
	}, [load]);

	useEvents('incident', take);
	return list;
}

const fits = (i, { state, device }) => (!state || i.state === state) && (!device || i.device.startsWith(device) || i.device_name === device);

/** One that is there keeps its place; another one is the newest, or one of a later page, which belongs in front now. */
function withIncident(items, incident, fit) {
	const at = items.findIndex((i) => i.id === incident.id);

	if (at < 0)
		return fit ? [incident, ...items] : items;
	return fit ? items.with(at, incident) : items.toSpliced(at, 1);
}
