// SPDX-License-Identifier: Apache-2.0
// What the box in the head finds: devices, incidents and records that a word leads to.
import { get, query } from '../api.js';
import { useLoad } from '../load.js';
import { Card, Device, Empty, Page, Problem, Severity, State, Time } from '../parts.jsx';
import { route, to } from '../route.js';
import { summary } from '../event.js';

const none = { items: [] };

/** Records know addresses, users, programs and rules by a filter each, and incidents are looked through here: the newest 500. */
async function find(word) {
	const events = (filter) => get(`/events${query({ ...filter, limit: 20 })}`).catch(() => none);
	const [devices, incidents, ...found] = await Promise.all([
		get(`/devices${query({ q: word, limit: 20 })}`), get('/incidents?limit=500'), events({ src: word }), events({ user: word }), events({ process: word }), events({ rule: word }),
	]);
	const has = (text) => String(text || '').toLowerCase().includes(word.toLowerCase());

	return {
		devices: devices.items,
		incidents: incidents.items.filter((i) => i.id.startsWith(word) || [i.title, i.rule, i.src, i.subject, i.user, i.device_name].some(has)).slice(0, 20),
		events: [...new Map(found.flatMap((list) => list.items).map((e) => [e.id, e])).values()],
	};
}

export function Search() {
	const word = route.value.query.q || '';
	const { data, error } = useLoad(() => find(word), word);
	const all = data && data.devices.length + data.incidents.length + data.events.length;

	return (
		<Page title={`Found for “${word}”`}>
			<Problem error={error} />
			{!data && !error && <p class="dim" role="status">Looking…</p>}
			{all === 0 && <Empty>Nothing. Try a device's name, an address, a user, a program, a rule, or the beginning of an id.</Empty>}
			<div class="grid">
				{data?.devices.length > 0 && <Card title="Devices"><ul class="rows">
					{data.devices.map((d) => <li key={d.id}><a href={to(['devices', d.id])}>{d.name}</a> <State of={d.state} /></li>)}
				</ul></Card>}
				{data?.incidents.length > 0 && <Card title="Incidents"><ul class="rows">
					{data.incidents.map((i) => <li key={i.id}><Severity of={i.severity} /> <a href={to(['incidents', i.id])}>{i.title || i.rule}</a><small>{i.src || i.subject} on <Device of={i} /> · <Time at={i.last} /></small></li>)}
				</ul></Card>}
				{data?.events.length > 0 && <Card title="Events" class="wide"><ul class="rows">
					{data.events.map((e) => <li key={e.id}>{summary(e)}<small><Device of={e} /> · <Time at={e.time} /></small></li>)}
				</ul></Card>}
			</div>
		</Page>
	);
}
