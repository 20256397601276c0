// SPDX-License-Identifier: Apache-2.0
// Which rules devices have, on which devices they are, what of ATT&CK they look for, and what they found.
import { useSignal } from '@preact/signals';
import { get } from '../api.js';
import { matrixOf } from '../attack.js';
import { useIncidents, useLoad } from '../load.js';
import { conditionText, readPack } from '../pack.js';
import { Card, Choice, Command, Device, Empty, Facts, Field, Form, Page, Problem, Severity, State, Table, Time } from '../parts.jsx';
import { route, setQuery, to } from '../route.js';
import { loadPacks, ruleNamed, shownPack } from '../rules.js';

const COVERED_MAX = 8; // packs of which the devices are asked

const packColumns = [
	{ name: 'Pack', cell: ({ object: o }) => o.name },
	{ name: 'Version', cell: ({ object: o }) => o.version },
	{ name: 'Rules', class: 'number', cell: ({ pack, error }) => (error ? error.message : pack?.rules.length) },
	{ name: 'Devices', cell: ({ object: o }) => (o.group ? `group ${o.group}` : 'all') },
	{ name: 'Have it', cell: ({ targets }) => targets && <>{targets.filter((t) => t.state === 'done').length} of {targets.length}</> },
	{ name: 'By', cell: ({ object: o }) => o.author },
	{ name: 'Since', cell: ({ object: o }) => <Time at={o.created} /> },
];

const ruleColumns = [
	{ name: 'Level', cell: (r) => <Severity of={r.level} /> },
	{ name: 'Rule', cell: (r) => <a href={to(['rules', r.id])}>{r.title || r.id}</a> },
	{ name: 'Looks at', cell: (r) => Object.values(r.source).filter(Boolean).join(', ') || 'other rules' },
	{ name: 'Author', cell: (r) => r.author },
	{ name: 'Status', cell: (r) => r.status },
	{ name: 'Found', class: 'number', cell: (r) => r.found || '' },
];

/** Each device with what it says of each pack. */
const coverageOf = async () => {
	const packs = await loadPacks();

	return Promise.all(packs.slice(0, COVERED_MAX).map(async (p) => ({ ...p, id: p.object.id, targets: (await get(`/objects/${p.object.id}`)).targets })));
};

function Coverage({ packs }) {
	const rows = packs.flatMap(({ object, targets }) => targets.map((t) => ({ ...t, pack: object, id: `${object.id} ${t.device}` })));
	const columns = [
		{ name: 'Device', cell: (t) => <Device of={t} /> },
		{ name: 'Pack', cell: (t) => `${t.pack.name} ${t.pack.version}` },
		{ name: 'State', cell: (t) => <State of={t.state} /> },
		{ name: 'Says', cell: (t) => t.text },
		{ name: 'Since', cell: (t) => <Time at={t.updated} /> },
	];

	return <Table list={{ items: rows }} columns={columns} label="Packs on devices" empty="No device was given a pack." />;
}

const many = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

function Matrix({ rules, incidents }) {
	const found = matrixOf(incidents);
	const hits = (tactic, id) => found.find((c) => c.tactic === tactic)?.techniques.find((t) => t.id === id)?.things.length || 0;
	const columns = matrixOf([...rules, ...incidents]);

	if (!columns.length)
		return <Empty>Neither a rule that is known here nor an incident has a tag of ATT&CK.</Empty>;
	return (
		<div class="matrix" role="region" aria-label="ATT&CK" tabIndex={0}>
			{columns.map(({ tactic, techniques }) => (
				<section key={tactic}>
					<h3>{tactic.replaceAll('-', ' ')}</h3>
					<ul>{techniques.map(({ id, things }) => {
						const having = things.filter((t) => t.condition).length, seen = hits(tactic, id);

						return <li key={id} class={seen ? 'hit' : ''}><b>{id.toUpperCase()}</b><small>{many(having, 'rule')}{seen > 0 && <>, <b>{many(seen, 'incident')}</b></>}</small></li>;
					})}</ul>
				</section>
			))}
		</div>
	);
}

function Shown() {
	const show = async ({ file }) => { shownPack.value = readPack(new Uint8Array(await file.arrayBuffer())); };

	return (
		<Form send={show} button="Show its rules" inline>
			<div class="field"><label for="pack-file">A pack's file, such as the one that came with the guard; it stays in this page</label><input id="pack-file" name="file" type="file" required /></div>
		</Form>
	);
}

export function Rules() {
	const { q, level } = route.value.query;
	const packs = useLoad(coverageOf, '', 'receipt');
	const incidents = useIncidents({ limit: 500 });
	const known = [...(packs.data || []).map((p) => p.pack), shownPack.value].filter(Boolean);
	const count = (id) => (incidents.items || []).filter((i) => i.rule === id).length;
	const rules = [...new Map(known.flatMap((p) => p.rules).map((r) => [r.id, { ...r, found: count(r.id) }])).values()];
	const wanted = (r) => (!level || r.level === level) && (!q || [r.id, r.title, r.author, ...r.tags].some((t) => t.toLowerCase().includes(q.toLowerCase())));

	return (
		<Page title="Rules">
			<Problem error={packs.error} />
			<div class="grid">
				<Card title="Packs that devices were given" class="wide">
					<Table list={{ items: packs.data }} columns={packColumns} label="Packs"
						empty="None: each device has the one that came with it. caltrop object offer FILE --kind rules --name pack sends another." />
					<Shown />
				</Card>
				<Card title="MITRE ATT&CK, by the tags of these rules and of the newest 500 incidents" class="wide"><Matrix rules={rules} incidents={incidents.items || []} /></Card>
				<Card title="Rules" class="wide">
					<div class="filters">
						<Field label="Name, author or tag" type="search" value={q || ''} onInput={(e) => setQuery({ q: e.currentTarget.value })} />
						<Choice label="Level" value={level || ''} onChange={(e) => setQuery({ level: e.currentTarget.value })} options={['', 'critical', 'high', 'medium', 'low', 'informational']} />
					</div>
					<Table list={{ items: packs.data && rules.filter(wanted) }} columns={ruleColumns} label="Rules" empty="No rule is like this, or no pack is known here: show this page a pack's file above." />
				</Card>
				{packs.data?.length > 0 && <Card title="Packs on devices" class="wide"><Coverage packs={packs.data} /></Card>}
			</div>
		</Page>
	);
}

/** What a rule looks for, as text; a part of an incident shows it, too. */
export function RuleSource({ rule }) {
	const wrong = useSignal(null);
	let text = '';

	try {
		const condition = rule.condition();

		text = conditionText(condition);
	} catch (error) {
		wrong.value = error;
	}
	return (
		<>
			<Problem error={wrong.value} />
			<p class="mono source">{text}</p>
			<Facts of={[
				['Looks at', Object.values(rule.source).filter(Boolean).join(', ')], ['Author', rule.author], ['Level', <Severity of={rule.level} />], ['Status', rule.status],
				['May be', rule.falsepositives], ['Tags', rule.tags.length > 0 && rule.tags.map((t) => <span class="tag" key={t}>{t}</span>)],
				['References', rule.references.length > 0 && rule.references.map((r) => (/^https?:\/\//.test(r) ? <p key={r}><a href={r} rel="noreferrer noopener" target="_blank">{r}</a></p> : r))],
				['Id', <span class="mono">{rule.id}</span>],
			]} />
		</>
	);
}

export function Rule() {
	const id = route.value.path[1];
	const packs = useLoad(loadPacks, '');
	const rule = packs.data && ruleNamed([...packs.data.map((p) => p.pack), shownPack.value], id);

	if (!rule)
		return <Page title="Rule"><Problem error={packs.error} />{packs.data && <Empty>No pack that is known here has this rule. <a href={to(['rules'])}>Show this page the pack's file.</a></Empty>}</Page>;
	return (
		<Page title={rule.title || rule.id}>
			<div class="grid">
				<Card title="What it looks for" class="wide"><RuleSource rule={rule} /></Card>
				<Card title="Try it on what was recorded" class="wide">
					<Command text={`caltrop event list --sigma --limit 500 >events.json\ncaltrop rule test --pack PACK --events events.json`} />
				</Card>
			</div>
		</Page>
	);
}
