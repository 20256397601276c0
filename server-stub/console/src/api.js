// SPDX-License-Identifier: Apache-2.0
// Calls of the operator API. The session is a cookie that no script can read, ours neither; X-Caltrop tells the service that
// a page of its own calls.

const own = { 'X-Caltrop': '1' };
let onEnd = () => {};

/** What to do when the service says that the session is over. */
export function whenSessionEnds(act) {
	onEnd = act;
}

export class Refusal extends Error {
	constructor(status, error) {
		super(error?.message || `The service answered with status ${status}.`);
		this.status = status;
		this.code = error?.code || '';
		this.lines = error?.lines; // of what was sent, where they are what is wrong; `count` of them in all
		this.count = error?.count;
	}
}

async function refuse(answer) {
	const body = await answer.json().catch(() => null);

	if (body?.error?.code === 'session_expired')
		onEnd();
	return new Refusal(answer.status, body?.error);
}

async function send(method, path, body, more = {}) {
	const type = body === undefined ? {} : { 'Content-Type': 'application/json' };

	try {
		return await fetch(path, { method, headers: { ...own, ...type, ...more }, body: body && JSON.stringify(body), cache: 'no-store' });
	} catch {
		throw new Refusal(0, { code: 'away', message: 'The service does not answer; is it running, and is this machine connected?' });
	}
}

/** Resolves to the answer's JSON, or null where it has no body; rejects with a Refusal. */
export async function call(method, path, body, more) {
	const answer = await send(method, `/api/v1${path}`, body, more);

	if (!answer.ok)
		throw await refuse(answer);
	return answer.status === 204 ? null : answer.json();
}

export const get = (path) => call('GET', path);
export const post = (path, body, more) => call('POST', path, body, more);
export const remove = (path) => call('DELETE', path);

/** Text of the paths beside the API: /readyz, /metrics. Resolves whatever the status is. */
export async function getText(path) {
	const answer = await send('GET', path);

	return { ok: answer.ok, text: await answer.text() };
}

/** A query string of those values that are not empty. */
export function query(values) {
	const words = Object.entries(values).filter(([, v]) => v !== '' && v !== undefined && v !== null);

	return words.length ? `?${new URLSearchParams(words)}` : '';
}

/** Server-Sent Events, by fetch, because EventSource sends no headers. Calls `take(event, data, id)` until it ends. */
export async function stream(path, { last, signal, opened, take }) {
	const more = last ? { 'Last-Event-ID': last } : {};
	const answer = await fetch(`/api/v1${path}`, { headers: { ...own, ...more }, signal, cache: 'no-store' });

	if (!answer.ok)
		throw await refuse(answer);
	opened?.();
	const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
	let rest = '';

	for (;;) {
		const { done, value } = await reader.read();

		if (done)
			return;
		const blocks = (rest + value).split('\n\n');

		rest = blocks.pop();
		for (const block of blocks)
			takeBlock(block, take);
	}
}

function takeBlock(block, take) {
	const fields = {};

	for (const line of block.split('\n')) {
		const colon = line.indexOf(':');

		if (colon > 0)
			fields[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
	}
	if (fields.data)
		take(fields.event || 'message', JSON.parse(fields.data), fields.id);
}
