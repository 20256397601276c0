// SPDX-License-Identifier: Apache-2.0
// One device: who it says it is, how it is, what happened there, and what an admin may decide about it.
import { get, post, remove } from '../api.js';
import { summary } from '../event.js';
import { useIncidents, useList, useLoad } from '../load.js';
import { Card, Confirm, Facts, Field, Form, Page, Problem, Severity, State, Table, Time } from '../parts.jsx';
import { go, route, to } from '../route.js';
import { may } from '../session.js';
import { deviceState } from './devices.jsx';
import { Seen, seen } from './seen.jsx';

const incidentColumns = [
	{ name: 'Severity', cell: (i) => <Severity of={i.severity} /> },
	{ name: 'What', cell: (i) => <a href={to(['incidents', i.id])}>{i.title || i.rule}</a> },
	{ name: 'About', class: 'mono', cell: (i) => i.src || i.subject },
	{ name: 'State', cell: (i) => <State of={i.state} /> },
	{ name: 'Last', cell: (i) => <Time at={i.last} /> },
];

const eventColumns = [
	{ name: 'When', cell: (e) => <Time at={e.time} /> },
	{ name: 'Kind', cell: (e) => e.kind },
	{ name: 'What', cell: (e) => summary(e) },
];

const Health = ({ of }) => (
	<Card title="Health">
		{of.problems.length ? <ul class="problems">{of.problems.map((p) => <li key={p}>{p}</li>)}</ul> : <p>It tells of no problem.</p>}
		<Facts of={[
			['Told', <Time at={of.health_time} />], ['Mode', of.mode],
			['Trust bundle', of.trust_version === null ? '' : `version ${of.trust_version}${of.trust_behind ? ', behind the fleet' : ''}`],
			['Settings', of.settings_digest && <span class="mono" title={of.settings_digest}>{of.settings_digest.slice(0, 12)}</span>],
		]} />
		<h3>Reads</h3>
		<ul class="rows">
			{of.sources.map((s) => <li key={s.name}><span class="mono">{s.name}</span><small>newest line <Time at={s.newest} /></small></li>)}
		</ul>
	</Card>
);

function Decisions({ of, load }) {
	const path = `/devices/${of.id}`;
	const then = (act) => async (values, form) => {
		await act(values, form);
		await load();
	};

	return (
		<Card title="Decide" class="wide">
			<div class="deeds">
				{of.state === 'pending' && <Form send={then(() => post(`${path}/approve`))} button="Let it in" inline />}
				<Form send={then((v) => post(`${path}/rename`, { name: v.name }))} button="Rename" inline>
					<Field label="Name" name="name" defaultValue={of.name} required />
				</Form>
				<Form send={then((v) => post(`${path}/move`, { group: v.group }))} button="Move" inline>
					<Field label="Group" name="group" defaultValue={of.group} required />
				</Form>
				<Form send={then((v) => post(`${path}/label`, { labels: v.labels.split(/\s+/).filter(Boolean) }))} button="Set labels" inline>
					<Field label="Labels, with spaces between" name="labels" defaultValue={of.labels.join(' ')} />
				</Form>
			</div>
			{of.state !== 'revoked' && <Confirm word={of.name || of.id} button="Revoke this device" send={then(() => post(`${path}/revoke`))}
				what="It is refused for good: its connection ends and its certificate is worth nothing. Only a token made for it lets it in again." />}
			{of.state !== 'approved' && <Confirm word={of.name || of.id} button="Take it off the list" what="It is gone from the list for good."
				send={async () => { await remove(path); go(['devices']); }} />}
		</Card>
	);
}

const verbs = ['ban', 'isolate', 'release', 'audit', 'collect'];

const Tabs = ({ id, here }) => (
	<p class="tabs">
		{[['', 'Overview'], ...Object.entries(seen).map(([name, [title]]) => [name, title])].map(([tab, title]) => (
			<a key={tab} href={to(['devices', id], { tab })} aria-current={here === tab ? 'page' : undefined}>{title}</a>))}
	</p>
);

function Overview({ of, id, load }) {
	const incidents = useIncidents({ device: id, limit: 20 });
	const events = useList('/events', { device: id, limit: 30 }, 'both');

	return (
		<div class="grid">
			<Card title="What it is">
				<p><State of={deviceState(of)} /></p>
				<Facts of={[
					['Group', of.group], ['Labels', of.labels.length > 0 && of.labels.map((l) => <span class="tag" key={l}>{l}</span>)],
					['Address', <span class="mono">{of.address}</span>], ['Version', of.version],
					['Machine', [of.arch, of.kernel].filter(Boolean).join(', ')],
					['Joined', <Time at={of.created} />], ['Last seen', <Time at={of.last_seen} />],
					['Certificate until', <Time at={of.certificate_expires} />], ['Records', of.records],
					['Receipt key', of.receipt_key && <span class="mono">{of.receipt_key}</span>], ['Id', <span class="mono">{of.id}</span>],
				]} />
				<details><summary>{of.features.length} features compiled in</summary>{of.features.map((f) => <span class="tag" key={f}>{f}</span>)}</details>
			</Card>
			<Health of={of} />
			<Card title={<a href={to(['incidents'], { device: id })}>Incidents</a>} class="wide">
				<Table list={incidents} columns={incidentColumns} label="Incidents" empty="None yet." />
			</Card>
			<Card title={<a href={to(['events'], { device: id })}>Timeline</a>} class="wide">
				<Table list={{ ...events, more: null }} columns={eventColumns} label="Events" empty="It has told nothing yet." />
			</Card>
			{may('admin') && <Decisions of={of} load={load} key={of.id} />}
		</div>
	);
}

export function Device() {
	const id = route.value.path[1], tab = route.value.query.tab in seen ? route.value.query.tab : '';
	const { data: of, error, load } = useLoad(() => get(`/devices/${encodeURIComponent(id)}`), id, 'both');

	if (!of)
		return <Page title="Device"><Problem error={error} /></Page>;
	return (
		<Page title={of.name || of.id.slice(0, 8)} aside={may('act') && of.state === 'approved' && verbs.map((verb) => (
			<a key={verb} class="button" href={to(['orders', 'new'], { verb, device: of.id })}>{verb}</a>))}>
			<Problem error={error} />
			<Tabs id={of.id} here={tab} />
			{tab ? <Seen tab={tab} id={of.id} key={tab} /> : <Overview of={of} id={of.id} load={load} />}
		</Page>
	);
}
