// SPDX-License-Identifier: Apache-2.0
// Setting up a second factor: the secret as a QR code, its first code, and the recovery codes, all shown once.
import { useSignal } from '@preact/signals';
import { post } from '../api.js';
import { Command, Field, Form } from '../parts.jsx';
import { Qr } from '../qr.jsx';
import { who } from '../session.js';

const Code = ({ label, ...more }) => (
	<Field label={label} name="code" inputMode="numeric" autoComplete="one-time-code" required {...more} />
);

const Secret = ({ of, confirm }) => (
	<Form send={confirm} button="Confirm">
		<p>Scan this with an authenticator app, or type the secret into it, and send the first code that it shows.</p>
		<Qr text={of.uri} label="The secret as a QR code" />
		<Command text={of.secret} />
		<Code label="First code" autofocus />
	</Form>
);

export const Recovery = ({ codes, done }) => (
	<div class="stack">
		<p>These recovery codes are shown once. Each lets you in once without the app: keep them where the app is not.</p>
		<Command text={codes.join('\n')} />
		<button class="main" onClick={done}>I have kept them</button>
	</div>
);

/** From the first question to the recovery codes; `done` is called when they were read. */
export function Factor({ done = () => {} }) {
	const step = useSignal({});
	const begin = async ({ code }) => {
		step.value = { secret: await post('/factor', code ? { code } : {}) };
	};
	const confirm = async ({ code }) => {
		step.value = { codes: (await post('/factor/confirm', { code })).recovery_codes };
	};
	const end = () => {
		who.value = { ...who.value, must_enrol: false, second_factor: true, app: true };
		step.value = {};
		done();
	};

	if (step.value.codes)
		return <Recovery codes={step.value.codes} done={end} />;
	if (step.value.secret)
		return <Secret of={step.value.secret} confirm={confirm} />;
	return (
		<Form send={begin} button={who.value.app ? 'Replace it' : 'Set up'}>
			{who.value.second_factor && <Code label="Code of the present one, or a recovery code" inputMode="text" required={!who.value.passkeys} />}
		</Form>
	);
}
