// SPDX-License-Identifier: Apache-2.0
// A command line that waits for somebody who is signed in here: which machine asks, from where, and what it would get. The
// number that is shown in the end is what keeps a stranger's machine out, so the screen says where to type it.
import { useSignal } from '@preact/signals';
import { get, post, remove } from '../api.js';
import { useLoad } from '../load.js';
import { Card, Empty, Facts, Field, Form, Page, Problem, Time } from '../parts.jsx';
import { go, route, to } from '../route.js';
import { who } from '../session.js';

const title = 'Log in a command line';

/** Without an address that says which: the code is typed. */
export const Desks = () => (
	<Page title={title}>
		<Card>
			<Form send={async (v) => go(['desk', v.code.trim().toUpperCase()])} button="Go on">
				<Field label="Code" name="code" required hint="As caltrop login --browser shows it in your terminal." />
			</Form>
		</Card>
	</Page>
);

const Number = ({ of }) => (
	<Card title="Type this number in your terminal">
		<p class="big mono" role="status">{of}</p>
		<p>Only there, where you began <code>caltrop login --browser</code>: whoever else asks you for it wants to log in as you. It is good once, for a few minutes.</p>
	</Card>
);

function Question({ of, path, answer }) {
	const confirm = async () => {
		answer.value = { number: (await post(`${path}/confirm`)).number };
	};
	const refuse = async () => {
		await remove(path);
		answer.value = { refused: true };
	};

	return (
		<Card title="A command line asks to be logged in as you">
			<Facts of={[
				['Machine, as it calls itself', of.machine],
				['Asks from', <span class="mono">{of.address}{of.same_address ? ', as this browser does' : ''}</span>],
				['Code', <b class="mono">{of.code}</b>],
				['It would be', `${who.value.user}, ${who.value.role}`],
				['Until', <Time at={of.expires} />],
			]} />
			{!of.same_address && <p class="note">It asks from another address than this browser.</p>}
			<p>Confirm this only if you began it yourself just now, and your terminal shows the same code.</p>
			<div class="actions">
				<Form send={confirm} button="It is mine, let it in" inline />
				<Form send={refuse} button="Refuse" danger inline />
			</div>
		</Card>
	);
}

export function Desk() {
	const path = `/desks/${encodeURIComponent(route.value.path[1])}`;
	const { data, error } = useLoad(() => get(path), path);
	const answer = useSignal(null);

	if (answer.value?.number)
		return <Page title={title}><Number of={answer.value.number} /></Page>;
	if (answer.value?.refused)
		return <Page title={title}><Empty>It is refused, and gets nothing. See who is logged in among <a href={to(['people'])}>people</a>.</Empty></Page>;
	return (
		<Page title={title}>
			<Problem error={error} />
			{data?.confirmed && <Empty>This was confirmed already. If it was not by you, end that session among <a href={to(['people'])}>people</a>.</Empty>}
			{data && !data.confirmed && <Question of={data} path={path} answer={answer} />}
		</Page>
	);
}
