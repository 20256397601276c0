// SPDX-License-Identifier: Apache-2.0
// node tests/console/objects.mjs PACK TITLES POLICY LINES: whether the console reads what devices are given: a pack of rules
// with these titles, a packet-filter policy that says these lines, a playbook. Files whose bytes are damaged are refused
// or read, and never keep it busy.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { matrixOf } from '../../server-stub/console/src/attack.js';
import { Writer } from '../../server-stub/console/src/bytes.js';
import { readFilter } from '../../server-stub/console/src/filter.js';
import { putArgs } from '../../server-stub/console/src/order.js';
import { conditionText, readPack } from '../../server-stub/console/src/pack.js';
import { caseOf, fillSteps, readPlaybook, runsFor, stepText } from '../../server-stub/console/src/playbook.js';

const [pack, titles, policy, lines] = process.argv.slice(2);
const bytesOf = (file) => new Uint8Array(readFileSync(file));
const linesOf = (file) => readFileSync(file, 'utf8').split('\n').filter(Boolean);

function test(name, holds) {
	try {
		holds();
		console.log(`ok: ${name}`);
	} catch (error) {
		console.log(`FAIL: ${name}: ${error.message}`);
		process.exitCode = 1;
	}
}

/** Reads a file that is cut, and with bytes of it changed, as a stranger's may be. */
function damage(bytes, read, times) {
	let next = 1;
	const random = (max) => (next = (next * 48271) % 0x7fffffff) % max;
	const may = (other) => {
		try {
			read(other);
		} catch (error) {
			assert(error instanceof Error && !(error instanceof RangeError && /stack/.test(error.message)), error);
		}
	};

	for (let i = 0; i < times; i++) {
		const other = Uint8Array.from(bytes);

		for (let n = random(3); n >= 0; n--)
			other[random(bytes.length)] = random(256);
		may(other);
		may(bytes.subarray(0, random(bytes.length)));
	}
}

const readAll = (bytes) => readPack(bytes).rules.slice(0, 200).map((r) => [conditionText(r.condition()), r.words()]);

test('a pack has the rules that its authors wrote, and each says what it looks for', () => {
	const { rules } = readPack(bytesOf(pack));

	assert.deepEqual(rules.map((r) => r.title).sort(), linesOf(titles).sort());
	assert(rules.every((r) => conditionText(r.condition()) && r.author && r.level));
});

test('what is within a "not" is nothing to mark where it was found', () => {
	const rule = readPack(bytesOf(pack)).rules.find((r) => conditionText(r.condition()).includes('not (Image'));

	assert(rule.words().length > 0);
	assert(!rule.words().some((word) => conditionText(rule.condition()).split('not (')[1].includes(`“${word}”`)));
});

test('its tags are a matrix of ATT&CK', () => {
	const columns = matrixOf(readPack(bytesOf(pack)).rules);

	assert(columns.find((c) => c.tactic === 'persistence').techniques.some((t) => t.id === 't1136.001'));
	assert.deepEqual(matrixOf([{ tags: ['car.2016', 'attack.t1110'] }]), []);
});

test('a policy says what caltrop policy diff says of it', () => {
	assert.deepEqual(readFilter(bytesOf(policy)).filter((line) => line !== 'outbound: accept'), linesOf(lines));
});

/** "CTP1", as proto/playbook.h has it: kill the process, or ban the address for what the operator says. */
function playbook() {
	const w = new Writer().put(new TextEncoder().encode('CTP1')).text('miner').text('End it.').u8(1).u8(4).u8(2).u32(86400).u64(0);

	w.u8(1).text('mining').u8(1).text('attack.t1496').u8(1).text('span').text('how long').u8(2);
	w.u16(5).u8(0);
	putArgs(w, { tree: true });
	w.u8(2).u8(4).u8(3).u8(5).u8(4);
	w.u16(1).u8(2);
	putArgs(w, {});
	return w.u8(2).u8(1).u8(1).u8(2).u8(32).whole;
}

test('a playbook is read as it was written, and filled in by an incident and the operator', () => {
	const p = readPlaybook(playbook());
	const incident = { rule: 'x', severity: 'high', src: '192.0.2.1', subject_kind: 'process', subject: '/tmp/a[1][815]', user: '', timeline: [] };

	assert.deepEqual(p.steps.map(stepText), ['kill pid=$incident.pid start_ticks=$incident.start_ticks tree=yes', 'ban addr=$incident.addr duration_s=$input.span']);
	assert.deepEqual(fillSteps(p, caseOf(incident), { span: '10m' }), [
		{ verb: 'kill', when: 'always', args: { tree: true, pid: 815 } }, { verb: 'ban', when: 'if_failed', args: { addr: '192.0.2.1', duration_s: 600 } }]);
	assert.throws(() => fillSteps(p, caseOf(incident), {}), /\$input\.span/);
	assert.throws(() => fillSteps(p, caseOf({ ...incident, subject: '/tmp/a' }), { span: '1' }), /\$incident\.pid/);
	assert(!runsFor(p, incident));
	assert(runsFor(p, { ...incident, rule: 'mining' }));
	assert(!runsFor(p, { ...incident, rule: 'mining', severity: 'medium' }));
	assert(runsFor(p, { ...incident, timeline: [{ rule: 'y', level: 'critical', tags: ['attack.t1496'] }] }));
	assert.equal(readPlaybook(new TextEncoder().encode('CTP0')), null);
});

test('damaged files are refused or read', () => {
	damage(bytesOf(pack), readAll, 6);
	damage(bytesOf(policy), readFilter, 500);
	damage(playbook(), (b) => readPlaybook(b)?.steps.map(stepText), 500);
});
