// SPDX-License-Identifier: Apache-2.0
// node tests/console/order.mjs: whether the console reads and writes orders to the byte as the guard does. orders.txt has
// orders with their words; the unit test of proto/order.c holds the C code to the same lines. Needs nothing but node.
import assert from 'node:assert/strict';
import { createPublicKey, verify, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { addrText, parseAddr } from '../../server-stub/console/src/addr.js';
import { bytesOfHex, hexOf, shown } from '../../server-stub/console/src/bytes.js';
import { derOf } from '../../server-stub/console/src/der.js';
import { decodeOrder, describeOrder, encodeOrder } from '../../server-stub/console/src/order.js';
import { commandOf, verbs } from '../../server-stub/console/src/verbs.js';

const lines = readFileSync(new URL('orders.txt', import.meta.url), 'utf8').trim().split('\n');

function test(name, holds) {
	return Promise.resolve().then(holds).then(() => console.log(`ok: ${name}`), (error) => {
		console.log(`FAIL: ${name}: ${error.message}`);
		process.exitCode = 1;
	});
}

await test('each order is read in the words of the guard, and written to the same bytes', () => {
	for (const line of lines) {
		const at = line.indexOf(' '), order = decodeOrder(bytesOfHex(line.slice(0, at)));

		assert.equal(describeOrder(order), line.slice(at + 1));
		assert.equal(hexOf(encodeOrder(order)), line.slice(0, at));
	}
});

await test('each verb that the console can sign is among them', () => {
	const seen = lines.map((line) => line.replace(/^\S+ (dry run: )?/, '').split(' ')[0]);

	assert.deepEqual(verbs.map((v) => v.name).filter((name) => !seen.includes(name)), []);
});

await test('no order has two spellings, and none that is cut or lengthened is one', () => {
	for (const line of lines.filter((_, n) => n % 8 === 0 || n > lines.length - 4)) { // each costs 0.1 s
		const bytes = bytesOfHex(line.split(' ')[0]);

		for (let cut = 0; cut < bytes.length; cut++)
			assert.throws(() => decodeOrder(bytes.subarray(0, cut)));
		assert.throws(() => decodeOrder(Uint8Array.from([...bytes, 0])));
		for (let bit = 0; bit < bytes.length * 8; bit++) {
			const other = Uint8Array.from(bytes);
			let order;

			other[bit >> 3] ^= 1 << bit % 8;
			try {
				order = decodeOrder(other);
			} catch {
				continue;
			}
			assert.equal(hexOf(encodeOrder(order)), hexOf(other));
		}
	}
});

await test('what is no address is none, and each address has one text', () => {
	for (const bad of ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/8/8', ':', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9',
		'1::2::3', '::g', '12345::', '::/129', '1:2:3:4:5:6:7::8', '1.2.3.4::', '::1.2.3', 'x'])
		assert.equal(parseAddr(bad), null, bad);
	for (const [text, want] of [['10.1.2.3/8', '10.0.0.0/8'], ['::', '::'], ['::1', '::1'], ['1::', '1::'], ['2001:DB8::/33', '2001:db8::/33'],
		['::ffff:192.0.2.1', '192.0.2.1'], ['::ffff:0:0/96', '0.0.0.0/0'], ['1:0:0:2:0:0:0:3', '1:0:0:2::3']])
		assert.equal(addrText(parseAddr(text)), want);
});

await test('an operator is shown no letter that hides or turns others', () => {
	assert.equal(shown('/tmp/\u202egpj.exe\u200b'), '/tmp/\\u{202e}gpj.exe\\u{200b}');
});

await test('the command for a shell keeps what a name holds', () => {
	assert.equal(commandOf({ steps: [{ verb: 'quarantine', when: 'always', args: { path: "/tmp/a'b=c" } }], aim: 'device', name: 'x' }),
		"caltrop order push quarantine path='/tmp/a'\\''b=c' --device x --wait");
});

await test('signatures of a browser are DER, however many zeros r and s begin with', async () => {
	const { privateKey, publicKey } = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
	const key = createPublicKey({ key: Buffer.from(await webcrypto.subtle.exportKey('spki', publicKey)), format: 'der', type: 'spki' });

	for (let n = 0; n < 100; n++) { // one in 128 has such a zero; the last line is sure of it
		const bytes = Buffer.from(`order ${n}`);
		const raw = await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, bytes);

		assert(verify('sha256', bytes, { key, dsaEncoding: 'der' }, derOf(new Uint8Array(raw))));
	}
	assert.equal(hexOf(derOf(new Uint8Array(64).fill(0, 0, 31).fill(5, 31, 32).fill(0x80, 32, 33))), `302602010502210080${'00'.repeat(31)}`);
});
