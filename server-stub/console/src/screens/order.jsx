// SPDX-License-Identifier: Apache-2.0
// One order, followed until every device has said what became of it.
import { useEffect } from 'preact/hooks';
import { get, post, stream } from '../api.js';
import { useLoad } from '../load.js';
import { soon } from '../live.js';
import { Card, Confirm, Device, Facts, Page, Problem, State, Table, Time } from '../parts.jsx';
import { Receipts } from '../receipts.jsx';
import { route } from '../route.js';
import { may } from '../session.js';
import { aimOf, progress } from './orders.jsx';

const columns = [
	{ name: 'Device', cell: (t) => <Device of={t} /> },
	{ name: 'State', cell: (t) => <State of={t.state} /> },
	{ name: 'Says', cell: (t) => t.text },
	{ name: 'Since', cell: (t) => <Time at={t.updated} /> },
];

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
					{may('act') && !of.summary.complete && of.summary.pending > 0 && (
						<Confirm word="cancel" button="Cancel for those it was not sent to" what={`${of.summary.pending} devices will not get it.`}
							send={async () => { await post(`${path}/cancel`); await load(); }} />)}
				</Card>
				<Card title="Devices"><Table list={{ items: of.targets }} columns={columns} label="Devices" empty="None." /></Card>
				<Card title="Receipts" class="wide"><Receipts of={of.receipts} /></Card>
			</div>
		</Page>
	);
}
