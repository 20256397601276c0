// SPDX-License-Identifier: Apache-2.0
// Devices that are made known before they join, from a list as comma-separated values: pasted or of a file, checked first,
// then imported whole or not at all. The tokens that this makes are shown once.
import { useSignal } from '@preact/signals';
import { post } from '../api.js';
import { Card, Choice, Command, Form } from '../parts.jsx';
import { to } from '../route.js';

const spans = [['86400', '1 day'], ['604800', '7 days'], ['2592000', '30 days'], ['31536000', '1 year']];
const devices = (count) => `${count} ${count === 1 ? 'device' : 'devices'}`;

/** What is wrong, by line, with the line itself. */
function Faults({ of }) {
	const text = of.csv.replace(/^\ufeff/, '').split(/\r?\n/);

	return (
		<div class="problem" role="alert">
			<p>{of.error.message}</p>
			<ul class="rows">
				{of.error.lines.map((f) => (
					<li key={f.line}><span>Line {f.line}: {f.message}</span><small class="mono">{text[f.line - 1]?.replace(/ct1\.\S{8,}/, 'ct1.…')}</small></li>
				))}
			</ul>
			{of.error.count > of.error.lines.length && <p>{of.error.count} lines are wrong in all.</p>}
		</div>
	);
}

/** As `caltrop device import` prints it. */
const csvOf = (items) => ['name,id,token', ...items.map((d) => [d.name, d.id, d.token || ''].join(','))].join('\n');

function Made({ items }) {
	return (
		<div class="note" role="status">
			<p>{devices(items.length)} may join now; see those that are <a href={to(['devices'], { state: 'expected' })}>expected</a>. Their tokens are shown once:</p>
			<Command text={csvOf(items)} />
		</div>
	);
}

/** `then()`: devices were imported. */
export function Roster({ then }) {
	const csv = useSignal(''), said = useSignal(null);
	const send = async (ttl, dry) => {
		const sent = csv.value;

		try {
			const { items } = await post('/devices', { csv: sent, ttl_s: Number(ttl), dry_run: dry });

			said.value = { csv: sent, items, dry };
			if (!dry) {
				csv.value = '';
				await then();
			}
		} catch (error) {
			said.value = error.lines ? { csv: sent, error } : null;
			if (!error.lines)
				throw error;
		}
	};
	const read = async (e) => {
		const [file] = e.currentTarget.files;

		csv.value = file ? await file.text() : '';
		said.value = null;
	};
	const checked = said.value?.dry && said.value.csv === csv.value;

	return (
		<Card title="Devices that are to join" class="wide">
			<Form send={(v) => send(v.ttl, !checked)} button={checked ? `Import ${devices(said.value.items.length)}` : 'Check'} disabled={!csv.value.trim()}>
				<p class="dim" id="roster-hint">The first line names the columns: name, and of group, labels and token what there is.</p>
				<div class="field"><label for="roster-file">A file</label><input id="roster-file" type="file" accept=".csv,text/csv,text/plain" onChange={read} /></div>
				<div class="field">
					<label for="roster-text">Or its text</label>
					<textarea id="roster-text" class="mono" rows={6} spellcheck={false} aria-describedby="roster-hint" value={csv.value}
						placeholder={'name,group,labels\ncamera-1,cameras,site=berlin'} onInput={(e) => { csv.value = e.currentTarget.value; }} />
				</div>
				<Choice label="Tokens good for" name="ttl" options={spans} value="2592000" />
			</Form>
			{checked && <p role="status">{devices(said.value.items.length)} can be imported; nothing was done yet.</p>}
			{said.value?.error && <Faults of={said.value} />}
			{said.value?.items && !said.value.dry && <Made items={said.value.items} />}
		</Card>
	);
}
