// SPDX-License-Identifier: Apache-2.0
// Signatures as devices read them.

/** An integer of DER: no more zeros in front than its sign needs. */
function integer(bytes) {
	const first = bytes.findIndex((b) => b);
	const rest = bytes.subarray(first < 0 ? bytes.length - 1 : first);

	return rest[0] & 0x80 ? [2, rest.length + 1, 0, ...rest] : [2, rest.length, ...rest];
}

/** A signature as browsers give it, r and s of 32 bytes each, in DER (RFC 3279), as devices read it. */
export function derOf(raw) {
	const body = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];

	return Uint8Array.from([0x30, body.length, ...body]);
}
