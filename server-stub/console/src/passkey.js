// SPDX-License-Identifier: Apache-2.0
// Between the service's JSON and the browser's Web Authentication: bytes are base64 there and buffers here.
import { get, post } from './api.js';

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

export const passkeysWork = Boolean(window.PublicKeyCredential);

/** What the browser says of names and people who gave up is for programmers. */
async function ask(act) {
	try {
		return await act();
	} catch (error) {
		if (error.name === 'SecurityError')
			throw new Error(`A passkey is for a name, not for ${location.hostname}: open the console under one of the service's names.`);
		if (error.name === 'InvalidStateError')
			throw new Error('This authenticator has a passkey for you here already.');
		if (error.name === 'NotAllowedError')
			throw new Error('The authenticator gave no answer, or has no passkey for this service.');
		throw error;
	}
}

/** Resolves to the new passkey, with recovery codes where there were none. */
export async function addPasskey({ user, name, code }) {
	const wanted = await post('/passkeys/begin', code ? { code } : {});
	const { response } = await ask(() => navigator.credentials.create({ publicKey: {
		challenge: bytes(wanted.challenge),
		rp: { name: 'Caltrop' },
		user: { id: bytes(wanted.handle), name: user, displayName: user },
		pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
		authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
		attestation: 'none',
		excludeCredentials: wanted.known.map((id) => ({ type: 'public-key', id: bytes(id) })),
	} }));

	return post('/passkeys', { name, client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) });
}

/** Resolves to who is signed in now. */
export async function usePasskey() {
	const { challenge } = await get('/session/challenge');
	const { rawId, response } = await ask(() => navigator.credentials.get({ publicKey: { challenge: bytes(challenge), userVerification: 'required' } }));

	return post('/session/passkey', {
		id: text(rawId),
		client_data: text(response.clientDataJSON),
		authenticator_data: text(response.authenticatorData),
		signature: text(response.signature),
	});
}
