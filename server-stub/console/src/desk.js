// SPDX-License-Identifier: Apache-2.0
// What lies on the signing desk: an order's bytes and the signatures that they have, in the form of the file that
// `caltrop playbook sign` writes and reads, so that two operators sign one order, each with a tool of his own.
import { signal } from '@preact/signals';
import { base64Of, bytesOfBase64, hexOf } from './bytes.js';
import { decodeOrder, encodeOrder, signaturesOf } from './order.js';
import { who } from './session.js';

const BEFORE_S = 300; // how far a device's clock may be behind ours
export const LASTS_S = 3600;

export const desk = signal(null); // {bytes, order, signatures: [{key_id, value}], approvals, held: the service has it}

function lay(bytes, signatures, approvals) {
	const order = decodeOrder(bytes);

	desk.value = { bytes, order, signatures, approvals: Math.max(approvals, signaturesOf(order)) };
}

/** Writes an order of these steps, for {aim, devices, group}, by whoever is signed in. */
export function layOrder({ steps, aim, devices, group, dry, approvals = 1 }) {
	const now = Math.floor(Date.now() / 1000);

	lay(encodeOrder({
		steps, aim, devices, group, dry: Boolean(dry), author: who.value.user, created_s: now, not_before_s: now - BEFORE_S, not_after_s: now + LASTS_S,
		id: hexOf(crypto.getRandomValues(new Uint8Array(16))),
	}), [], approvals);
}

export function layFile(text) {
	let file;

	try {
		file = JSON.parse(text);
	} catch {
		throw new Error('It is not the JSON that caltrop playbook sign writes.');
	}
	const whole = (s) => /^[\da-f]{16}$/.test(s?.key_id) && /^[A-Za-z\d+/]+=*$/.test(s?.value);

	if (typeof file?.order !== 'string' || !Array.isArray(file.signatures) || !file.signatures.every(whole))
		throw new Error('It has no order with signatures; a bound playbook is signed by caltrop playbook sign only.');
	const signatures = file.signatures.map(({ key_id, value }) => ({ key_id, value }));

	lay(bytesOfBase64(file.order), signatures.filter((s, i) => signatures.findIndex((o) => o.key_id === s.key_id) === i), Number(file.approvals) || 1);
}

/** An order that waits at the service for more signatures. What is shown and signed is what its bytes say. */
export function layHeld(held) {
	lay(bytesOfBase64(held.bytes), held.signatures, held.signatures_needed);
	if (desk.value.order.id !== held.id)
		throw new Error('The bytes that the service tells are those of another order.');
	desk.value = { ...desk.value, held: true };
}

export function addSignature(signature) {
	desk.value = { ...desk.value, signatures: [...desk.value.signatures, signature] };
}

/** The body of a push, which with `approvals` is the file. */
export const bodyOf = ({ bytes, signatures }) => ({ order: base64Of(bytes), signatures });
export const fileOf = (d) => JSON.stringify({ ...bodyOf(d), approvals: d.approvals }, null, 2);
