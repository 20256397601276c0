// SPDX-License-Identifier: Apache-2.0
// Who is banned where, by the newest receipts.
import { bansOf } from '../bans.js';
import { useList } from '../load.js';
import { Device, Id, Page, State, Table, Time } from '../parts.jsx';
import { to } from '../route.js';
import { may } from '../session.js';

export function Bans() {
	const list = useList('/events', { kind: 'receipt', limit: 500 }, 'receipt');
	const columns = [
		{ name: 'Address', cell: (b) => <a class="mono" href={to(['events'], { src: b.addr })}>{b.addr}</a> },
		{ name: 'Device', cell: (b) => <Device of={b} /> },
		{ name: 'Since', cell: (b) => <Time at={b.time} /> },
		{ name: 'Until', cell: (b) => (b.expires ? <Time at={b.expires} /> : 'it is lifted') },
		{ name: 'By', cell: (b) => b.rule || b.origin },
		{ name: 'Why', cell: (b) => (b.incident ? <Id of={b.incident} path="incidents" /> : b.order && <Id of={b.order} path="orders" />) },
		{ name: 'Verified', cell: (b) => <State of={b.verified ? 'done' : 'pending'} /> },
		{ name: '', cell: (b) => may('act') && <a href={to(['orders', 'new'], { verb: 'unban', addr: b.addr, device: b.device })}>Lift</a> },
	];

	return (
		<Page title="Bans" aside={may('act') && <a class="button" href={to(['orders', 'new'], { verb: 'ban' })}>Ban an address</a>}>
			<p class="dim">As the newest receipts tell. What a device has in its kernel just now, <code>caltrop local bans</code> shows there.</p>
			<Table list={{ ...list, items: list.items && bansOf(list.items) }} columns={columns} label="Bans"
				empty="No address is banned. Devices ban by their rules; to ban one yourself, push an order." />
		</Page>
	);
}
