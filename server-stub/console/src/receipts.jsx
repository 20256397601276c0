// SPDX-License-Identifier: Apache-2.0
// Receipts: what a device did, whether it read it back, and whether its key speaks for it.
import { Device, State, Table, Time } from './parts.jsx';

const target = (r) => r.addr || r.account || (r.pid ? `process ${r.pid}` : '');

/** How long it took from what caused it until it was proved, as the device measured. */
function took(r) {
	const us = r.steps_us?.verified ?? r.steps_us?.acted;

	return us === undefined ? '' : us < 1000 ? `${us} µs` : `${(us / 1000).toFixed(1)} ms`;
}

const columns = [
	{ name: 'When', cell: (r) => <Time at={r.time} /> },
	{ name: 'Device', cell: (r) => <Device of={r} /> },
	{ name: 'Did', cell: (r) => <><b>{r.verb}</b> <span class="mono">{target(r)}</span></> },
	{ name: 'Result', cell: (r) => <><State of={r.result} /> {r.error}</> },
	{ name: 'Verified', cell: (r) => (r.verified ? 'read back' : 'no') },
	{ name: 'Took', class: 'number', cell: took },
	{ name: 'Proof', cell: (r) => r.proof && <span title={r.proof_why}><State of={r.proof} /></span> },
	{ name: 'Says', cell: (r) => r.text },
];

export const Receipts = ({ of }) => (
	<Table list={{ items: of }} columns={columns} label="Receipts" empty="No receipt has come yet." />
);
