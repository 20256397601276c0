// SPDX-License-Identifier: Apache-2.0
// One order, followed until every device has said what became of it.
import { useEffect, useMemo } from 'preact/hooks';
import { get, post, stream } from '../api.js';
import { layHeld, layOrder } from '../desk.js';
import { useLoad } from '../load.js';
import { soon } from '../live.js';
import { describeOrder } from '../order.js';
import { Card, Command, Confirm, Device, Facts, Form, Page, Problem, State, Table, Time } from '../parts.jsx';
import { Receipts } from '../receipts.jsx';
import { go, route } from '../route.js';
import { may } from '../session.js';
import { undoOf } from '../verbs.js';
import { aimOf, progress } from './orders.jsx';

const columns = [
	{ name: 'Device', cell: (t) => <Device of={t} /> },
	{ name: 'State', cell: (t) => <State of={t.state} /> },
	{ name: 'Says', cell: (t) => t.text },
	{ name: 'Since', cell: (t) => <Time at={t.updated} /> },
];

const DEVICES_MAX = 32; // that an order can name

/** What takes the order's effects back, for the same devices. */
function Undo({ of }) {
	const key = useMemo(() => crypto.randomUUID(), [of.id]);
	const steps = undoOf((of.steps || []).map(({ verb, when, params }) => ({ verb, when, args: params })));
	const devices = of.targets.map((t) => t.device);
	const whole = of.aim !== 'devices' || (!of.targets_cut && devices.length <= DEVICES_MAX);

	if (of.dry_run || !steps.length || !whole)
		return null;
	const words = describeOrder({ steps });
	const aim = of.aim === 'all' ? { all: true } : of.aim === 'group' ? { group: of.group } : { devices };
	const push = async () => {
		const made = await post('/orders', { steps: steps.map(({ verb, when, args }) => ({ verb, when, params: args })), ...aim }, { 'Idempotency-Key': key });

		go(['orders', made.id]);
	};
	const sign = async () => {
		layOrder({ steps, aim: of.aim === 'devices' ? 'device' : of.aim, devices, group: of.group });
		go(['signing']);
	};

	return (
		<Card title="Take it back">
			<p>{words}, for {aimOf(of)}.</p>
			<Confirm word="undo" button="Push the order that undoes it" what={`${words}. What has ended already stays as it is.`} send={push} />
			<Form send={sign} button="Lay it on the signing desk" inline />
		</Card>
	);
}

/** It waits for signatures, and no device has it. */
function Held({ of }) {
	const lay = async () => {
		layHeld(of);
		go(['signing']);
	};

	return (
		<Card title="It needs more signatures">
			<p>It has {of.signed_by.length} of {of.signatures_needed}; no device gets it before. Another operator signs it here, or with:</p>
			<Command text={`caltrop order sign ${of.id} --order-key FILE`} />
			<Form send={lay} button="Look at it on the signing desk" inline />
		</Card>
	);
}

export function Order() {
	const id = route.value.path[1];
	const path = `/orders/${encodeURIComponent(id)}`;
	const { data: of, error, load } = useLoad(() => get(path), id);

	useEffect(() => {
		const stop = new AbortController();

		stream(`${path}/stream`, { signal: stop.signal, take: soon(load) }).catch(() => {});
		return () => stop.abort();
	}, [load]);
	if (!of)
		return <Page title="Order"><Problem error={error} /></Page>;
	const waiting = of.summary.pending + of.summary.needs_approval;

	return (
		<Page title={`Order: ${of.detail || of.verb}`}>
			<Problem error={error} />
			<div class="grid">
				<Card>
					<p>{progress(of)} {of.summary.complete ? 'Complete.' : 'Waiting for devices.'}</p>
					<Facts of={[
						['Whom', aimOf(of)], ['By', of.author], ['Signed by', of.signed_by?.join(', ')],
						['When', <Time at={of.created} />], ['Waits until', <Time at={of.expires} />],
						['Dry run', of.dry_run && 'yes: devices only say what they would do'], ['Id', <span class="mono">{of.id}</span>],
					]} />
					{may('act') && !of.summary.complete && waiting > 0 && (
						<Confirm word="cancel" button="Cancel for those it was not sent to" what={`${waiting} devices will not get it.`}
							send={async () => { await post(`${path}/cancel`); await load(); }} />)}
				</Card>
				{may('act') && (of.summary.needs_approval > 0 ? <Held of={of} /> : <Undo of={of} />)}
				<Card title="Devices" class="wide"><Table list={{ items: of.targets }} columns={columns} label="Devices" empty="None." /></Card>
				<Card title="Receipts" class="wide"><Receipts of={of.receipts} /></Card>
			</div>
		</Page>
	);
}
