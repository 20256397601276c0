// SPDX-License-Identifier: Apache-2.0
// The first look: devices by state, incidents over time, attempts per minute, the newest bans.
import { useMemo } from 'preact/hooks';
import { get, query } from '../api.js';
import { bansOf } from '../bans.js';
import { Chart } from '../chart.jsx';
import { useIncidents, useList, useLoad } from '../load.js';
import { Card, Device, Empty, Id, Page, Problem, Severity, Time } from '../parts.jsx';
import { to } from '../route.js';

const HOUR_S = 3600, DAY_S = 86400;
const PAGES_MAX = 4; // of 500: what is more is said

const levels = ['critical', 'high', 'medium', 'low', 'informational'];

const seconds = (at) => Date.parse(at) / 1000;

/** All items of a list that are not older, up to PAGES_MAX pages. */
async function recent(path, filters, isOld = () => false) {
	let items = [], next = '';

	for (let page = 0; page < PAGES_MAX; page++) {
		const part = await get(path + query({ ...filters, limit: 500, after: next }));

		items = items.concat(part.items);
		next = part.next;
		if (!next || isOld(items[items.length - 1]))
			return { items, cut: false };
	}
	return { items, cut: true };
}

/** Counts by `step` seconds over the last `span`: [times, (items, at, weight) => values]. */
function buckets(span, step) {
	const end = Math.ceil(Date.now() / 1000 / step) * step, first = end - span;
	const times = Array.from({ length: span / step }, (_, i) => first + i * step);

	return [times, (items, at, weight) => {
		const values = times.map(() => 0);

		for (const item of items) {
			const place = Math.floor((at(item) - first) / step);

			if (place >= 0 && place < values.length)
				values[place] += weight(item);
		}
		return values;
	}];
}

function Devices() {
	const { data, error } = useLoad(() => recent('/devices', {}), '', 'incident');
	const count = (wanted) => data.items.filter(wanted).length;

	if (!data)
		return <Card title="Devices"><Problem error={error} /></Card>;
	if (!data.items.length)
		return (
			<Card title="Devices">
				<Empty>No device has joined yet. <a href={to(['enrolment'])}>Make a token</a> and paste its command on the first one.</Empty>
			</Card>
		);
	const figures = [
		['connected', count((d) => d.state === 'approved' && d.connected), {}],
		['away', count((d) => d.state === 'approved' && !d.connected), { state: 'approved' }],
		['pending', count((d) => d.state === 'pending'), { state: 'pending' }],
		['revoked', count((d) => d.state === 'revoked'), { state: 'revoked' }],
		['with problems', count((d) => d.state === 'approved' && d.problems.length), {}],
	];

	return (
		<Card title="Devices" class="wide">
			<ul class="figures">
				{figures.map(([name, number, filter]) => (
					<li key={name}><a href={to(['devices'], filter)}><b class={number ? `figure-${name.split(' ')[0]}` : ''}>{number}{data.cut ? '+' : ''}</b>{name}</a></li>
				))}
			</ul>
		</Card>
	);
}

function IncidentsOverTime() {
	const { data, error } = useLoad(() => recent('/incidents', {}, (i) => seconds(i.first) < Date.now() / 1000 - DAY_S), '', 'incident');
	const [times, series] = useMemo(() => {
		const [all, count] = buckets(DAY_S, HOUR_S);

		return [all, levels.map((level) => ({
			name: level, color: `--sev-${level}`, class: `sev-${level}`,
			values: count((data?.items || []).filter((i) => i.severity === level), (i) => seconds(i.first), () => 1),
		}))];
	}, [data]);

	return (
		<Card title="Incidents of the last day, by severity" class="wide">
			<Problem error={error} />
			<Chart times={times} series={series} label="Incidents of the last day" />
		</Card>
	);
}

/** Equal attempts may come folded into one event; `count` says how many. */
function Attempts() {
	const { data, error } = useLoad(() => recent('/events',
		{ kind: 'auth', outcome: 'failure', since: new Date(Date.now() - HOUR_S * 1000).toISOString() }), '', 'incident');
	const [times, series] = useMemo(() => {
		const [all, count] = buckets(HOUR_S, 60);

		return [all, [{ name: 'failed log-ins', color: '--accent', class: 'accent',
			values: count(data?.items || [], (e) => seconds(e.time), (e) => e.auth.count || 1) }]];
	}, [data]);

	return (
		<Card title="Failed log-ins per minute, last hour" class="wide">
			<Problem error={error} />
			<Chart times={times} series={series} label="Failed log-ins per minute" />
			{data?.cut && <p class="dim">More than the newest {data.items.length} events are not counted here.</p>}
		</Card>
	);
}

function NewestIncidents() {
	const list = useIncidents({ state: 'open', limit: 8 });

	return (
		<Card title={<a href={to(['incidents'], { state: 'open' })}>Open incidents</a>}>
			<Problem error={list.error} />
			{list.items && !list.items.length && <Empty>Nothing is open.</Empty>}
			<ul class="rows">
				{list.items?.slice(0, 8).map((i) => (
					<li key={i.id}>
						<Severity of={i.severity} /> <a href={to(['incidents', i.id])}>{i.title || i.rule}</a>
						<small>{i.src || i.subject} on <Device of={i} /> · <Time at={i.last} /></small>
					</li>
				))}
			</ul>
		</Card>
	);
}

function NewestBans() {
	const list = useList('/events', { kind: 'receipt', limit: 100 }, 'receipt');
	const bans = bansOf(list.items || []).slice(0, 8);

	return (
		<Card title={<a href={to(['bans'])}>Newest bans</a>}>
			<Problem error={list.error} />
			{list.items && !bans.length && <Empty>No address was banned lately.</Empty>}
			<ul class="rows">
				{bans.map((b) => (
					<li key={b.id}>
						<a class="mono" href={to(['events'], { src: b.addr })}>{b.addr}</a> {b.incident && <Id of={b.incident} path="incidents" />}
						<small>on <Device of={b} /> · <Time at={b.time} />{b.expires && <> until <Time at={b.expires} /></>}</small>
					</li>
				))}
			</ul>
		</Card>
	);
}

export const Overview = () => (
	<Page title="Overview">
		<div class="grid">
			<Devices />
			<IncidentsOverTime />
			<Attempts />
			<NewestIncidents />
			<NewestBans />
		</div>
	</Page>
);
