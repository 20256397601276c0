// SPDX-License-Identifier: Apache-2.0
// The small things that all screens are made of.
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { to } from './route.js';

const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** A time of the API, local, with UTC on hover. */
export function Time({ at }) {
	if (!at)
		return <span class="dim">never</span>;
	return <time dateTime={at} title={`${at.replace('T', ' ').replace(/\.\d+Z$/, 'Z')} (UTC)`}>{stamp.format(new Date(at))}</time>;
}

const severities = ['informational', 'low', 'medium', 'high', 'critical'];

export const Severity = ({ of }) => <span class={`badge sev-${severities.includes(of) ? of : 'none'}`}>{of || 'unset'}</span>;

const tones = {
	open: 'bad', ready: 'good', 'not ready': 'bad', closed: 'calm', done: 'good', proven: 'good', connected: 'good', approved: 'good', valid: 'good', trusted: 'good', 'not trusted': 'warn', active: 'good',
	pending: 'warn', sent: 'warn', seen: 'warn', 'one-time': 'warn', unproven: 'bad', failed: 'bad', refused: 'bad', revoked: 'bad', missing: 'bad', differs: 'warn',
};

/** A word of state, coloured and readable without the colour. */
export const State = ({ of }) => <span class={`badge tone-${tones[of] || 'calm'}`}>{of}</span>;

export const Id = ({ of, path }) => <a class="mono" href={to([path, of])} title={of}>{of.slice(0, 8)}</a>;

export const Device = ({ of }) => (of.device ? <a href={to(['devices', of.device])}>{of.device_name || of.device.slice(0, 8)}</a> : null);

/** What went wrong, in the service's own words. */
export const Problem = ({ error }) => (error ? <p class="problem" role="alert">{error.message}</p> : null);

/** An empty list says what to do. */
export const Empty = ({ children }) => <p class="empty">{children}</p>;

export function Page({ title, aside, children }) {
	document.title = `${title} · Caltrop`;
	return (
		<section>
			<header class="page-head">
				<h1>{title}</h1>
				<div class="actions">{aside}</div>
			</header>
			{children}
		</section>
	);
}

export const Card = ({ title, children, class: more = '' }) => (
	<section class={`card ${more}`}>
		{title && <h2>{title}</h2>}
		{children}
	</section>
);

/** columns: [{name, cell: (row) => node, class}]; a list as useList gives it. */
export function Table({ list, columns, empty, label }) {
	if (list.error && !list.items)
		return <Problem error={list.error} />;
	if (!list.items)
		return <p class="dim" role="status">Loading…</p>;
	if (!list.items.length)
		return <Empty>{empty}</Empty>;
	return (
		<>
			<Problem error={list.error} />
			<div class="table" role="region" aria-label={label} tabIndex={0}>
				<table>
					<thead><tr>{columns.map((c) => <th scope="col" class={c.class === 'number' ? c.class : ''}>{c.name}</th>)}</tr></thead>
					<tbody>
						{list.items.map((row) => (
							<tr key={row.id || row.name}>
								{columns.map((c) => <td class={c.class} data-name={c.name}><div>{c.cell(row)}</div></td>)}
							</tr>
						))}
					</tbody>
				</table>
			</div>
			{list.more && <button onClick={list.more}>Show more</button>}
		</>
	);
}

/** Pairs of a name and what it is; those without a value are left out. */
export const Facts = ({ of }) => (
	<dl class="facts">
		{of.filter(([, value]) => value || value === 0).map(([name, value]) => (
			<div key={name}><dt>{name}</dt><dd>{value}</dd></div>
		))}
	</dl>
);

/** A command to paste. */
export function Command({ text }) {
	const copied = useSignal(false);
	const copy = async () => {
		await navigator.clipboard.writeText(text);
		copied.value = true;
		setTimeout(() => { copied.value = false; }, 2000);
	};

	return (
		<div class="command">
			<pre tabIndex={0}>{text}</pre>
			<button type="button" onClick={copy}>{copied.value ? 'Copied' : 'Copy'}</button>
		</div>
	);
}

/** A form that sends once at a time and shows what the service says. `send(values)` gets the fields by name. */
export function Form({ send, button, danger, disabled, children, inline }) {
	const state = useSignal({ busy: false, error: null });
	const submit = async (e) => {
		const form = e.currentTarget;

		e.preventDefault();
		if (state.value.busy || disabled)
			return;
		state.value = { busy: true, error: null };
		try {
			await send(Object.fromEntries(new FormData(form)), form);
			state.value = { busy: false, error: null };
		} catch (error) {
			state.value = { busy: false, error };
		}
	};

	return (
		<form class={inline ? 'inline' : 'stack'} onSubmit={submit}>
			{children}
			<button class={danger ? 'danger' : 'main'} disabled={state.value.busy || disabled}>{button}</button>
			<Problem error={state.value.error} />
		</form>
	);
}

export function Field({ label, hint, ...input }) {
	const id = useId();

	return (
		<div class="field">
			<label for={id}>{label}</label>
			<input id={id} aria-describedby={hint && `${id}-hint`} autoComplete="off" spellcheck={false} {...input} />
			{hint && <small id={`${id}-hint`}>{hint}</small>}
		</div>
	);
}

export function Choice({ label, options, ...select }) {
	const id = useId();

	return (
		<div class="field">
			<label for={id}>{label}</label>
			<select id={id} {...select}>
				{options.map((o) => (typeof o === 'string' ? <option value={o}>{o || 'any'}</option> : <option value={o[0]}>{o[1]}</option>))}
			</select>
		</div>
	);
}

/** A form whose button works only after `word` was typed: for what cannot be taken back. */
export function Confirm({ word, what, button, send, children }) {
	const typed = useSignal('');

	return (
		<details class="confirm">
			<summary>{button}</summary>
			<Form send={send} button={button} danger disabled={typed.value !== word}>
				<p>{what}</p>
				{children}
				<Field label={<>Type <b class="mono">{word}</b> to go on</>} value={typed.value} onInput={(e) => { typed.value = e.currentTarget.value; }} />
			</Form>
		</details>
	);
}
