// SPDX-License-Identifier: Apache-2.0
// One incident: what its rules found and when, the lines it rests on, what ran then, what devices did, what people said.
import { useCallback } from 'preact/hooks';
import { get, post, query } from '../api.js';
import { useEvents } from '../live.js';
import { loadUntil, useLoad } from '../load.js';
import { Card, Choice, Command, Device, Facts, Field, Form, Id, Page, Problem, Severity, State, Time } from '../parts.jsx';
import { Receipts } from '../receipts.jsx';
import { route, to } from '../route.js';
import { loadPacks, ruleNamed, shownPack } from '../rules.js';
import { may, who } from '../session.js';
import { filterFor } from '../sigma.js';
import { Fitting } from './playbooks.jsx';
import { RuleSource } from './rules.jsx';
import { Tree } from './seen.jsx';

const AROUND_MS = 120000; // what ran so long before and after belongs to the picture
const PROCESSES_MAX = 500;

/** The text with what the incident is about marked in it. */
function Marked({ text, words }) {
	const parts = [];
	let rest = text;

	while (rest) {
		const hits = words.map((w) => [rest.indexOf(w), w]).filter(([at]) => at >= 0).sort(([a], [b]) => a - b);

		if (!hits.length)
			break;
		const [at, word] = hits[0];

		parts.push(rest.slice(0, at), <mark>{word}</mark>);
		rest = rest.slice(at + word.length);
	}
	return <>{parts}{rest}</>;
}

const Tags = ({ of }) => of?.map((tag) => <span class="tag" key={tag}>{tag}</span>);

/** A rule's link is a text that a device sent: only one to a page becomes a link. */
const Rule = ({ of }) => (/^https?:\/\//.test(of.link || '') ?
	<a href={of.link} rel="noreferrer noopener" target="_blank">{of.rule}</a> : <span class="mono">{of.rule}</span>);

const Timeline = ({ of }) => (
	<Card title="Timeline">
		<ol class="timeline">
			{of.timeline.map((part) => (
				<li key={part.rule + part.first}>
					<div><Severity of={part.level} /> <b>{part.title || part.rule}</b> {part.succeeded && <span class="badge tone-bad">succeeded</span>}</div>
					<small><Time at={part.first} /> to <Time at={part.last} /> · {part.count} times</small>
					<small>Rule <Rule of={part} />{part.author && <> by {part.author}</>} <Tags of={part.tags} /></small>
				</li>
			))}
		</ol>
		{of.left_out > 0 && <p class="dim">{of.left_out} more that the timeline does not have.</p>}
	</Card>
);

/** `found`: the texts that its rules look for. */
function Evidence({ of, found }) {
	const about = [of.src, of.user, of.subject, of.subject.replace(/\[\d+\]$/, '')];
	const words = [...new Set([...about, ...found])].filter((w) => w?.length > 1);

	return of.evidence?.length > 0 && (
		<Card title="Evidence, with what it is about and what its rules look for marked" class="wide">
			<ul class="lines">{of.evidence.map((line) => <li key={line}><Marked text={line} words={words} /></li>)}</ul>
		</Card>
	);
}

/** What ran on the device at that time, by who started whom. */
function Processes({ of }) {
	const at = (time, by) => new Date(Date.parse(time) + by).toISOString();
	const { data } = useLoad(() => get(`/events${query({
		device: of.device, kind: 'process', since: at(of.first, -AROUND_MS), until: at(of.last, AROUND_MS), limit: PROCESSES_MAX })}`), `${of.id} ${of.last}`);
	const pid = of.subject_kind === 'process' ? Number(of.subject.match(/\[(\d+)\]$/)?.[1]) : 0;

	return data?.items.length > 0 && (
		<Card title="Processes at that time" class="wide">
			<details open={pid > 0}>
				<summary>{pid ? 'What led to it, and what it started' : `As ${data.items.length} records tell, by who started whom`}</summary>
				<Tree events={data.items} pid={pid} />
			</details>
		</Card>
	);
}

function Suppress({ rule, of }) {
	const text = filterFor(rule, of);

	return text && (
		<details>
			<summary>Tell of this no more</summary>
			<p>This Sigma filter, put beside the rules and built with them, keeps this rule silent about this. Read it: who hides behind the same name is not told of either.</p>
			<Command text={text} />
		</details>
	);
}

function RuleCard({ rule, of }) {
	return (
		<Card title={<>Rule: <a href={to(['rules', rule.id])}>{rule.title || rule.id}</a></>} class="wide">
			<RuleSource rule={rule} />
			<Suppress rule={rule} of={of} />
		</Card>
	);
}

const Notes = ({ of }) => (of.notes.length ? (
	<ol class="rows">
		{of.notes.map((n) => <li key={n.time + n.text}><b>{n.author}</b> {n.deed}{n.text && `: ${n.text}`}<small><Time at={n.time} /></small></li>)}
	</ol>
) : <p class="dim">Nobody has said anything yet.</p>);

function Deeds({ of, load }) {
	const path = `/incidents/${of.id}`;
	const deed = (name) => async ({ text }, form) => {
		await post(`${path}/${name}`, text ? { text } : {});
		form.reset();
		await loadUntil(load, (now) => now?.notes.length > of.notes.length);
	};

	return (
		<div class="deeds">
			<Form send={deed('note')} button="Write note" inline><Field label="Note" name="text" maxLength={1023} required /></Form>
			<Form send={deed('assign')} button="Assign" inline><Field label="Who looks after it" name="text" defaultValue={of.assignee || who.value.user} required /></Form>
			<Form send={deed('verdict')} button="Set verdict" inline>
				<Choice label="What it was" name="text" options={['true-positive', 'false-positive', 'benign', 'test']} />
			</Form>
			{of.state === 'open' && <Form send={deed('close')} button="Close incident" inline><Field label="Why" name="text" maxLength={1023} /></Form>}
		</div>
	);
}

export function Incident() {
	const id = route.value.path[1];
	const { data: of, error, load } = useLoad(() => get(`/incidents/${encodeURIComponent(id)}`), id, 'receipt');
	const packs = useLoad(loadPacks, '');
	const take = useCallback((incident) => {
		if (!incident || incident.id.startsWith(id))
			load();
	}, [id, load]);

	useEvents('incident', take);
	if (!of)
		return <Page title="Incident"><Problem error={error} /></Page>;
	const known = [...(packs.data || []).map((p) => p.pack), shownPack.value];
	const rules = [...new Set([of.rule, ...of.timeline.map((part) => part.rule)])].map((rule) => ruleNamed(known, rule)).filter(Boolean);

	return (
		<Page title={of.title || of.rule} aside={of.src && may('act') && (
			<a class="button" href={to(['orders', 'new'], { verb: 'ban', addr: of.src, device: of.device })}>Ban {of.src}</a>)}>
			<Problem error={error} />
			<div class="grid">
				<Card>
					<p><Severity of={of.severity} /> <State of={of.state} /> score {of.score} of 100</p>
					<Facts of={[
						['Device', <Device of={of} />],
						['Source address', of.src && <a class="mono" href={to(['events'], { src: of.src })}>{of.src}</a>],
						['About', of.subject && !of.src && `${of.subject_kind} ${of.subject}`],
						['Account', of.user], ['Service', of.service], ['Count', of.count],
						['First', <Time at={of.first} />], ['Last', <Time at={of.last} />],
						['Rule', <span class="mono">{of.rule}</span>], ['Author', of.author],
						['Verdict', of.verdict], ['Assignee', of.assignee],
						['Reopened', of.reopened ? `${of.reopened} times` : ''],
						['Part of', of.merged_into && <Id of={of.merged_into} path="incidents" />],
						['Includes', of.merged?.length ? of.merged.map((m) => <Id key={m} of={m} path="incidents" />) : ''],
					]} />
					<Tags of={of.tags} />
				</Card>
				<Timeline of={of} />
				<Evidence of={of} found={rules.flatMap((rule) => rule.words())} />
				<Processes of={of} />
				{rules.map((rule) => <RuleCard key={rule.id} rule={rule} of={of} />)}
				{may('act') && <Card title="Run a playbook"><Fitting incident={of} /></Card>}
				<Card title="What the device did" class="wide"><Receipts of={of.receipts} /></Card>
				<Card title="What people did" class="wide">
					<Notes of={of} />
					{may('act') && <Deeds of={of} load={load} key={of.id} />}
				</Card>
			</div>
		</Page>
	);
}
