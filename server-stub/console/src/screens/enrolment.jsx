// SPDX-License-Identifier: Apache-2.0
// Join tokens, with the command to paste on the device, and devices that wait to be let in.
import { useSignal } from '@preact/signals';
import { post, remove } from '../api.js';
import { useList } from '../load.js';
import { Card, Choice, Command, Field, Form, Page, State, Table, Time } from '../parts.jsx';
import { to } from '../route.js';
import { Roster } from './roster.jsx';

const spans = [['3600', '1 hour'], ['86400', '1 day'], ['604800', '7 days'], ['2592000', '30 days']];

/** A shell's here-document keeps the token off the list of processes. */
const enroll = (token) => `caltrop enroll --token-file - --wait <<'END'\n${token}\nEND`;

const Action = ({ name, act }) => <Form send={act} button={name} inline />;

function Made({ of }) {
	return (
		<div class="note" role="status">
			<p>Paste this as root on {of.uses_max > 1 ? `each of up to ${of.uses_max} devices` : 'the device'} on which the guard runs. It is shown once.</p>
			<Command text={enroll(of.token)} />
		</div>
	);
}

export function Enrolment() {
	const tokens = useList('/tokens', { limit: 100 });
	const pending = useList('/devices', { state: 'pending', limit: 100 }, 'incident');
	const made = useSignal(null);
	const make = async (v) => {
		made.value = await post('/tokens', {
			group: v.group || 'default', ttl_s: Number(v.ttl), uses: Number(v.uses), approve: v.approve === 'on',
		});
		await tokens.load();
	};
	const tokenColumns = [
		{ name: 'Token', class: 'mono', cell: (t) => t.id.slice(0, 8) },
		{ name: 'State', cell: (t) => <State of={t.state} /> },
		{ name: 'Group', cell: (t) => t.group },
		{ name: 'For', cell: (t) => (t.device ? <a href={to(['devices', t.device])}>{t.device_name || t.device.slice(0, 8)}</a> : 'new devices') },
		{ name: 'Used', class: 'number', cell: (t) => `${t.uses} of ${t.uses_max}` },
		{ name: 'By', cell: (t) => t.created_by },
		{ name: 'Until', cell: (t) => <Time at={t.expires} /> },
		{ name: '', cell: (t) => t.state === 'valid' && <Action name="Revoke" act={async () => { await remove(`/tokens/${t.id}`); await tokens.load(); }} /> },
	];
	const pendingColumns = [
		{ name: 'Device', cell: (d) => <a href={to(['devices', d.id])}>{d.name || d.id.slice(0, 8)}</a> },
		{ name: 'Address', class: 'mono', cell: (d) => d.address },
		{ name: 'Group', cell: (d) => d.group },
		{ name: 'Since', cell: (d) => <Time at={d.created} /> },
		{ name: '', cell: (d) => <Action name="Let it in" act={async () => { await post(`/devices/${d.id}/approve`); await pending.load(); }} /> },
	];

	return (
		<Page title="Enrolment">
			<div class="grid">
				<Card title="New token">
					<Form send={make} button="Make token">
						<Field label="Group" name="group" defaultValue="default" pattern="[A-Za-z0-9._\-]{1,63}" />
						<Choice label="Good for" name="ttl" options={spans} />
						<Field label="Devices" name="uses" type="number" min={1} max={1000000} defaultValue="1" hint="How many may join with it." />
						<label class="tick"><input type="checkbox" name="approve" /> Each waits until somebody lets it in</label>
					</Form>
					{made.value && <Made of={made.value} />}
				</Card>
				<Card title="Waiting to be let in"><Table list={pending} columns={pendingColumns} label="Pending devices" empty="No device waits." /></Card>
				<Roster then={tokens.load} />
				<Card title="Tokens" class="wide"><Table list={tokens} columns={tokenColumns} label="Tokens" empty="No token was made yet; make one above." /></Card>
			</div>
		</Page>
	);
}
