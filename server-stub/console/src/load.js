// SPDX-License-Identifier: Apache-2.0
// What a screen shows of the service: loaded, loading or failed; and lists with more pages behind.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { get, query } from './api.js';
import { soon, useEvents } from './live.js';

const VIEW_TRIES = 40, VIEW_MS = 250;

/**
 * Loads by `ask()`, again when `key` changes and, with `on` ('finding', 'receipt', 'both'), when such an event comes. Until
 * the answer is here, `data` is that of before; `fresh` says whether it is of the present key.
 */
export function useLoad(ask, key, on) {
	const state = useSignal({ data: null, error: null, key: null });
	const load = useMemo(() => {
		const turn = { now: 0 };

		return async () => {
			const mine = ++turn.now;
			const next = await ask().then((data) => ({ data, error: null, key }), (error) => ({ ...state.peek(), error }));

			if (mine === turn.now) // a later question has the newer answer
				state.value = next;
			return next.data;
		};
	}, [key]);

	useEffect(() => {
		load();
	}, [load]);
	const again = useMemo(() => soon(load), [load]);

	useEvents('finding', on === 'finding' || on === 'both' ? again : nothing);
	useEvents('receipt', on === 'receipt' || on === 'both' ? again : nothing);
	return { ...state.value, fresh: state.value.key === key, load };
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
