// SPDX-License-Identifier: Apache-2.0
// What operators told devices to do.
import { useList } from '../load.js';
import { Id, Page, State, Table, Time } from '../parts.jsx';
import { to } from '../route.js';
import { may } from '../session.js';

export const aimOf = (o) => (o.aim === 'all' ? 'all devices' : o.aim === 'group' ? `group ${o.group}` :
	o.targets.map((t) => t.device_name || t.device.slice(0, 8)).join(', ') + (o.targets_cut ? ' and more' : ''));

/** "3 done, 1 refused" */
export const progress = ({ summary }) => Object.entries(summary)
	.filter(([name, count]) => name !== 'targets' && name !== 'complete' && count)
	.map(([name, count]) => <span key={name}><State of={name} /> {count} </span>);

const columns = [
	{ name: 'Order', cell: (o) => <Id of={o.id} path="orders" /> },
	{ name: 'What', cell: (o) => <>{o.detail || o.verb}{o.dry_run && <span class="tag">dry run</span>}</> },
	{ name: 'Whom', cell: aimOf },
	{ name: 'By', cell: (o) => o.author },
	{ name: 'When', cell: (o) => <Time at={o.created} /> },
	{ name: 'Progress', cell: progress },
];

export function Orders() {
	const list = useList('/orders', { limit: 100 }, 'receipt');

	return (
		<Page title="Orders" aside={may('act') && <a class="button" href={to(['orders', 'new'])}>New order</a>}>
			<Table list={list} columns={columns} label="Orders" empty="No order was pushed yet." />
		</Page>
	);
}
