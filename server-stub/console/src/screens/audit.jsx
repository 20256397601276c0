// SPDX-License-Identifier: Apache-2.0
// Who did what.
import { useList } from '../load.js';
import { Page, Table, Time } from '../parts.jsx';

const columns = [
	{ name: 'When', cell: (a) => <Time at={a.time} /> },
	{ name: 'Who', cell: (a) => a.user || <span class="dim">nobody</span> },
	{ name: 'From', class: 'mono', cell: (a) => a.address },
	{ name: 'Did', cell: (a) => a.action },
	{ name: 'About', cell: (a) => a.detail },
	{ name: 'Status', class: 'number', cell: (a) => <span class={a.status >= 400 ? 'badge tone-bad' : ''}>{a.status}</span> },
];

export const Audit = () => (
	<Page title="Audit log">
		<Table list={useList('/audit', { limit: 200 })} columns={columns} label="Audit log" empty="Nobody has done anything yet." />
	</Page>
);
