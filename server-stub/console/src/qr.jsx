// SPDX-License-Identifier: Apache-2.0
// A text as a QR code, dark on light in both themes, because that is what cameras expect.
import { encode } from 'uqr';

export function Qr({ text, label }) {
	const { data, size } = encode(text, { border: 2 });
	const squares = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')));

	return (
		<svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
			<rect width={size} height={size} fill="#fff" />
			<path d={squares.join('')} fill="#000" />
		</svg>
	);
}
