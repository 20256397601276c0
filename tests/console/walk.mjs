// SPDX-License-Identifier: Apache-2.0
// A browser in an operator's hands: node walk.mjs ADDRESS SHOTS DIR. tests/e2e/82-console.sh plays the attacker and the other
// operator: where this says "want WORD", it does that. It prints "ok: ..." for each thing that was right and ends with 1 at the first that was not.
// DIR has the modules of package.json beside this file, for a Chromium of the system.
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [address, shots, modules] = process.argv.slice(2);
const need = createRequire(`${modules}/`);
const { chromium } = need('playwright-core');
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
const WAIT_MS = 40000;

const calls = []; // what the page asked
const faults = []; // what the browser complained of: broken scripts, what the page's rules forbade

function check(text, holds, detail = '') {
	if (!holds) {
		console.log(`FAIL: ${text} ${detail}`);
		process.exit(1);
	}
	console.log(`ok: ${text}`);
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/lib/chromium/chromium',
	args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});

async function open(colorScheme, viewport) {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme, viewport, timezoneId: 'Europe/Berlin' });
	const page = await context.newPage();

	page.setDefaultTimeout(WAIT_MS);
	page.on('requestfinished', async (r) => calls.push(`${r.method()} ${r.url()} ${(await r.response())?.status()}`));
	page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
	const known = (m) => /status of 40[134]/.test(m.text()) || (/status of 400/.test(m.text()) && m.location().url.endsWith('/api/v1/devices'));

	page.on('console', (m) => m.type() === 'error' && !known(m) && faults.push(`console: ${m.text()}`));
	await page.goto(address);
	return page;
}

/** At the door: who has just signed out may still stand on a screen that has a name and a password to fill in. */
async function signIn(page, name, password) {
	const door = page.locator('main.door');

	await door.getByLabel('Name').fill(name);
	await door.getByLabel('Password').fill(password);
	await door.getByRole('button', { name: 'Sign in' }).click();
}

/** By the menu or the address, until it has what it shows. */
async function go(page, hash) {
	await page.evaluate((to) => { location.hash = to; }, hash);
	await page.locator('main h1').waitFor();
	await page.waitForFunction(() => !/Loading…|Looking…/.test(document.body.innerText));
}

/** Behind a button that wants a word typed. */
async function confirm(page, button, word) {
	const form = page.locator('details.confirm', { has: page.locator('summary', { hasText: new RegExp(`^${button}$`) }) });

	await form.locator('summary').click();
	await form.getByLabel(/^Type/).fill(word);
	await form.getByRole('button', { name: button }).click();
}

/** axe reads the page through a world of its own, as the page's rules let no script in. */
async function judge(page, name) {
	await page.evaluate(`${axe}; undefined`);
	const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));

	return violations.map((v) => `${name}: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html).join(' ')}`);
}

/** The present code of a secret (RFC 6238): base32 to bytes, HMAC of the half minute, six digits. */
function totp(base32) {
	const bits = [...base32.replace(/[^A-Z2-7]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
	const counter = Buffer.alloc(8);

	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
	const mac = createHmac('sha1', key).update(counter).digest();

	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

const wide = { width: 1280, height: 900 }, phone = { width: 390, height: 844 };
const own = process.env.OWN_PASSWORD;

mkdirSync(shots, { recursive: true });

/* Somebody new: a one-time password, which must be replaced. */
const page = await open('light', wide);

process.on('uncaughtException', async (error) => {
	await page.screenshot({ path: `${shots}/failed.png`, fullPage: true });
	console.log(`FAIL: ${error.message}\n${faults.join('\n')}\n${calls.slice(-20).join('\n')}`);
	process.exit(1);
});
await page.screenshot({ path: `${shots}/sign-in-light.png` });
await signIn(page, 'ada', 'not-the-password-at-all');
check('a wrong password is refused in words', await page.getByRole('alert').innerText().then((t) => /wrong/.test(t)));
await signIn(page, 'ada', process.env.FIRST_PASSWORD);
await page.getByLabel('One-time password').fill(process.env.FIRST_PASSWORD);
await page.getByLabel('New password', { exact: true }).fill(own);
await page.getByLabel('New password again').fill(own);
await page.screenshot({ path: `${shots}/first-password-light.png` });
await page.getByRole('button', { name: 'Set password' }).click();
await page.getByRole('heading', { name: 'Overview' }).waitFor();
check('a one-time password is replaced at the first sign-in', true);
await page.getByText('live', { exact: true }).waitFor();
check('the page is told what happens', true);

/* An attack: its incident comes by itself. */
await go(page, '#/incidents');
check('an empty queue says what will be here', await page.getByText('they appear here as they do').isVisible());
await page.evaluate(() => { window.marked = 'the same page'; });
console.log('want attack');
await page.getByRole('cell', { name: process.env.ATTACKER }).first().waitFor();
const seen = Date.now();

check('the incident is there without a reload', await page.evaluate(() => window.marked === 'the same page'));
await page.screenshot({ path: `${shots}/incidents-arrived-light.png` });
await page.getByRole('table').getByRole('link').first().click();
await page.getByRole('heading', { name: 'Timeline' }).waitFor();
await page.getByRole('cell', { name: 'read back' }).first().waitFor();
check('it says what the device did, and that it was read back from the kernel', true);
const incident = new URL(page.url()).hash;

/* What an operator does with it. */
await page.getByLabel('Note').fill('Looked at it.');
await page.getByRole('button', { name: 'Write note' }).click();
await page.getByText('ada note: Looked at it.').waitFor();
await page.getByRole('button', { name: 'Assign' }).click();
await page.getByText('ada assign').waitFor();
await page.getByRole('button', { name: 'Set verdict' }).click();
await page.getByText('verdict: true-positive').waitFor();
check('notes, assignee and verdict are kept', true);

/* What a rule of the pack found, with the rule, the processes of that time, and how to hear of it no more. */
await go(page, '#/incidents');
console.log('want code');
await page.getByRole('link', { name: 'A user name carries code' }).first().click();
await page.getByRole('heading', { name: 'Rule: ' }).waitFor();
await page.getByText('Tell of this no more').click();
check('an incident of a pack has its rule, and a filter against it', /^title: .*\nid: [^]*condition: not selection\n?$/.test(await page.locator('.card details[open] .command pre').innerText()));
await page.getByRole('heading', { name: 'Processes at that time' }).waitFor();
check('it has the processes of that time', await page.locator('.tree .process').count() > 0);
check('what the rule looks for is marked in the evidence', await page.locator('mark').count() > 0);
const alert = new URL(page.url()).hash;

await go(page, '#/orders/new');
await page.getByLabel('Address or network').fill('198.51.100.99');
await page.getByLabel('Device, by name or id').fill('device');
await page.getByText('198.51.100.99. The guard will').waitFor();
check('the same order is shown for the command line',
	await page.locator('.command pre').innerText() === 'caltrop order push ban 198.51.100.99 --device device --wait');
await page.screenshot({ path: `${shots}/new-order-light.png` });
await page.getByRole('button', { name: 'Push order' }).click();
await page.getByText('Complete.').waitFor();
await page.getByRole('cell', { name: 'read back' }).first().waitFor();
check('an order is pushed, and its receipt comes by itself', true);
const order = new URL(page.url()).hash;

/* A key of her own in the browser, which the fleet's root key admits. */
await go(page, '#/signing');
await page.getByRole('button', { name: 'Make a key' }).click();
await page.getByText('not trusted').waitFor();
const pem = (await page.locator('.command pre').innerText()).match(/-----BEGIN[^]*END PUBLIC KEY-----/)[0];

writeFileSync('/tmp/browser.pem.pub', `${pem}\n`);
await page.screenshot({ path: `${shots}/signing-key-light.png`, fullPage: true });
check('no script can take the key out of the browser', await page.evaluate(() => new Promise((resolve) => {
	const open = indexedDB.open('caltrop');

	open.onsuccess = () => {
		const all = open.result.transaction('keys').objectStore('keys').getAll();

		all.onsuccess = () => crypto.subtle.exportKey('pkcs8', all.result[0].privateKey).then(() => resolve(false), () => resolve(all.result.length === 1));
	};
})));
console.log('want trust');
for (let i = 0; i < 100 && !await page.getByText('ada-browser').count(); i++) {
	await page.waitForTimeout(200);
	await go(page, '#/');
	await go(page, '#/signing');
	await page.getByText('Devices', { exact: true }).waitFor();
}
check('it is trusted when the trust bundle names it', await page.getByText('ada-browser').count() === 1);
await go(page, '#/orders/new?verb=ban&addr=198.51.100.77&device=device');
await page.getByRole('button', { name: 'Lay it on the signing desk' }).click();
await page.getByText('ban 198.51.100.77', { exact: true }).waitFor();
await confirm(page, 'Sign', 'ban');
await page.getByRole('button', { name: 'Push order' }).click();
await page.getByText('Complete.').waitFor();
await page.getByRole('cell', { name: 'read back', exact: true }).waitFor();
check('devices obey what she signed in the browser', true);

/* What needs two signatures: one here, one by the command line; between them it waits at the service. */
await go(page, '#/orders/new?verb=logout&account=nobody-here&device=device');
await page.getByRole('button', { name: 'Lay it on the signing desk' }).click();
await page.getByText('0 of 2 signatures').waitFor();
await confirm(page, 'Sign', 'logout');
await page.getByText('1 of 2 signatures').waitFor();
await page.screenshot({ path: `${shots}/signing-order-light.png`, fullPage: true });
await page.getByRole('button', { name: 'Push order' }).click();
await page.getByRole('heading', { name: 'It needs more signatures' }).waitFor();
await page.screenshot({ path: `${shots}/order-held-light.png`, fullPage: true });
const held = await page.locator('.command pre').innerText();
check('an order with one signature of two waits, and the page says what to do', /^caltrop order sign [0-9a-f]{32} --order-key FILE$/.test(held));
await page.getByRole('button', { name: 'Look at it on the signing desk' }).click();
await page.getByText('1 of 2 signatures').waitFor();
check('whoever signed it approves it no second time', await page.getByRole('button', { name: 'Sign', exact: true }).count() === 0);
writeFileSync('/tmp/held', held.split(' ')[3]);
await go(page, `#/orders/${held.split(' ')[3]}`);
console.log('want cosign');
await page.getByText('Complete.').waitFor({ timeout: 90000 });
await page.getByRole('region', { name: 'Receipts' }).getByRole('cell', { name: 'logout nobody-here' }).waitFor();
check('and with the second one, of caltrop, devices judge the order', await page.getByText(/signatures of different keys/).count() === 0);

/* What devices were given: a playbook, and a pack of rules. */
await go(page, '#/playbooks');
await page.getByRole('link', { name: 'port_scanner' }).click();
await page.getByRole('heading', { name: 'What it does' }).waitFor();
const playbook = new URL(page.url()).hash;

await go(page, `${playbook}?incident=${incident.split('/').pop()}&device=device&dry=1`);
await page.locator('.deed').waitFor();
check('a playbook says what it would do for an incident', (await page.locator('.deed').innerText()).startsWith('dry run: '));
await page.getByRole('button', { name: 'Push dry run' }).click();
await page.getByText('Complete.').waitFor();
await page.getByText('observed').first().waitFor();
check('and as a dry run devices say it, too', true);
await go(page, '#/rules');
await page.getByRole('link', { name: 'A second root was made' }).click();
await page.getByText('CommandLine contains').first().waitFor();
check('a rule is shown with what it looks for and its author', await page.getByText('Caltrop', { exact: true }).count() > 0);
const rule = new URL(page.url()).hash;

await go(page, '#/policies');
await page.getByText('outbound: drop').waitFor();
check('a packet-filter policy says what it lets through', await page.getByText('allow out tcp/443').count() > 0);
await go(page, order);
await page.getByText('unban 198.51.100.99, for device.').waitFor();
await confirm(page, 'Push the order that undoes it', 'undo');
await page.getByRole('heading', { name: 'Order: unban 198.51.100.99' }).waitFor();
await page.getByText('Complete.').waitFor();
check('an order is taken back by the one that undoes it', true);

await go(page, '#/enrolment');
const roster = (text) => page.getByLabel('Or its text').fill(text);

await roster('name,group,labels\ncamera-1,cameras,site=berlin\n,cameras,\ncamera-1,cameras,\n');
await page.getByRole('button', { name: 'Check' }).click();
check('a list of devices that is wrong is so by its lines', /Line 3: [^]*Line 4: /.test(await page.getByRole('alert').innerText()));
const against = await judge(page, 'roster, wrong');

check('in a way that everybody can read', !against.length, against.join('\n'));
await page.screenshot({ path: `${shots}/roster-wrong.png`, fullPage: true });
await page.getByLabel('A file').setInputFiles({ name: 'cameras.csv', mimeType: 'text/csv', buffer: Buffer.from('name,group,labels\ncamera-1,cameras,site=berlin\ncamera-2,cameras,\n') });
await page.getByRole('button', { name: 'Check' }).click();
await page.getByText('2 devices can be imported; nothing was done yet.').waitFor();
check('one of a file is checked before anything is done', await page.evaluate(async () => (await (await fetch('/api/v1/devices?state=expected', { headers: { 'X-Caltrop': '1' } })).json()).items.length) === 0);
await page.getByRole('button', { name: 'Import 2 devices' }).click();
await page.getByText('2 devices may join now').waitFor();
check('and then imported, with a token for each', /^name,id,token\ncamera-1,[0-9a-f]{32},ct1\.\S+\ncamera-2,[0-9a-f]{32},ct1\.\S+$/.test((await page.locator('.note pre').filter({ hasText: 'name,id,token' }).innerText()).trim()));
await page.screenshot({ path: `${shots}/roster.png`, fullPage: true });
await page.getByRole('link', { name: 'camera-2' }).waitFor();
await page.getByRole('link', { name: 'expected', exact: true }).click();
await page.getByRole('heading', { name: 'Devices', exact: true }).waitFor();
await page.getByRole('link', { name: 'camera-2' }).waitFor();
check('they are among the devices that are expected', await page.getByRole('link', { name: 'camera-1' }).count() === 1);
await go(page, '#/enrolment');
await page.getByRole('button', { name: 'Make token' }).click();
await page.locator('.note pre').waitFor();
check('a token comes with the command to paste', /^caltrop enroll --token-file - --wait <<'END'\nct1\.\S+\nEND$/.test(await page.locator('.note pre').innerText()));

await go(page, '#/outputs');
await page.getByLabel('Name').fill('pager');
await page.getByLabel('Kind').selectOption('webhook');
await page.getByLabel('URL').fill('https://pager.example/in?token=of-nobody-else');
await page.getByRole('button', { name: 'Add output' }).click();
await page.locator('.note pre').waitFor();
check('a webhook comes with the key that signs', /^[0-9a-f]{48}$/.test(await page.locator('.note pre').innerText()));
await page.getByRole('cell', { name: 'https://pager.example', exact: true }).waitFor();
check('of its address only the host is shown', await page.getByText('of-nobody-else').count() === 0);

await go(page, '#/incidents');
await page.keyboard.press('/');
await page.keyboard.type(process.env.ATTACKER);
await page.keyboard.press('Enter');
await page.getByRole('heading', { name: 'Found for' }).waitFor();
await page.getByRole('heading', { name: 'Incidents' }).waitFor();
check('the search box has the key /, and finds an attacker', true);
const search = new URL(page.url()).hash;

await go(page, '#/devices');
await page.getByRole('link', { name: 'device', exact: true }).click();
await page.getByRole('heading', { name: 'What it is' }).waitFor();
const device = new URL(page.url()).hash;

check('no script can read anything of the session', await page.evaluate(() =>
	Object.keys(localStorage).every((key) => key === 'theme') && sessionStorage.length === 0 && document.cookie === ''));
await page.reload();
await page.getByRole('heading', { name: 'What it is' }).waitFor();
check('and it outlives a reload', true);

/* Every screen, light, dark, and as wide as a phone. */
const tabs = Object.fromEntries(['processes', 'connections', 'listeners', 'exposure', 'bans'].map((tab) => [`device-${tab}`, `${device}?tab=${tab}`]));
const screens = { overview: '#/', incidents: '#/incidents', incident, alert, devices: '#/devices', device, events: '#/events', orders: '#/orders', order,
	'new-order': '#/orders/new', signing: '#/signing', rules: '#/rules', rule, playbooks: '#/playbooks', playbook, policies: '#/policies', ...tabs, bans: '#/bans', enrolment: '#/enrolment', drift: '#/drift', outputs: '#/outputs', people: '#/people', audit: '#/audit', system: '#/system', search, desk: '#/desk' };
const wrong = [];

async function walk(at, look) {
	for (const [name, hash] of Object.entries(screens)) {
		await go(at, hash);
		await at.waitForTimeout(150); // charts are drawn in the next frame
		await at.screenshot({ path: `${shots}/${name}-${look}.png`, fullPage: true });
		wrong.push(...await judge(at, `${name}-${look}`));
		if (await at.evaluate(() => document.documentElement.scrollWidth > innerWidth))
			wrong.push(`${name}-${look}: wider than the window`);
	}
}

await walk(page, 'light');
await page.getByRole('button', { name: 'Dark' }).click();
check('the theme changes by its button', await page.evaluate(() => document.documentElement.dataset.theme === 'dark'));
await walk(page, 'dark');
await page.setViewportSize(phone);
await walk(page, 'phone');
check('no screen has what WCAG AA forbids, or is wider than its window', !wrong.length, wrong.join('\n'));

await page.setViewportSize(wide);
await go(page, incident);
await page.getByLabel('Why').fill('An exercise.');
await page.getByRole('button', { name: 'Close incident' }).click();
await page.getByText('ada close: An exercise.').waitFor();
check('an incident is closed', true);
await page.getByRole('button', { name: 'Sign out' }).click();
await page.getByRole('button', { name: 'Sign in' }).waitFor();
check('and who signs out is out', true);

await signIn(page, 'vera', process.env.VIEWER_PASSWORD);
await page.getByLabel('One-time password').fill(process.env.VIEWER_PASSWORD);
await page.getByLabel('New password', { exact: true }).fill(own);
await page.getByLabel('New password again').fill(own);
await page.getByRole('button', { name: 'Set password' }).click();
await page.getByRole('heading', { name: 'Timeline' }).waitFor();
check('whoever signs in is where the address says', true);
check('a viewer is offered nothing that would be refused',
	await page.getByRole('link', { name: 'Enrolment' }).count() === 0 && await page.getByRole('link', { name: 'Audit log' }).count() === 0);
check('and reads what others did', await page.getByText('ada close').count() > 0 && await page.getByRole('button', { name: 'Write note' }).count() === 0);

/* A second factor, and a recovery code in its place. */
await go(page, '#/people');
await page.getByRole('button', { name: 'Set up' }).click();
await page.getByRole('img', { name: 'The secret as a QR code' }).waitFor();
await page.screenshot({ path: `${shots}/factor-dark.png`, fullPage: true });
const secret = await page.locator('.command pre').innerText();

await page.getByLabel('First code').fill('000000');
await page.getByRole('button', { name: 'Confirm' }).click();
check('a wrong first code is refused, and the session goes on', await page.getByRole('alert').innerText().then((t) => /code/.test(t)));
await page.getByLabel('First code').fill(totp(secret));
await page.getByRole('button', { name: 'Confirm' }).click();
await page.getByRole('button', { name: 'I have kept them' }).waitFor();
const [recovery] = (await page.locator('.command pre').innerText()).split('\n');

await page.getByRole('button', { name: 'I have kept them' }).click();
await page.getByText('In force').waitFor();
await page.getByRole('button', { name: 'Sign out' }).click();
await signIn(page, 'vera', own);
check('then a password alone lets nobody in', await page.getByRole('alert').innerText().then((t) => /factor|code/.test(t)));
await page.getByLabel('Code').fill(recovery);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('heading', { name: 'People' }).waitFor();
check('and a recovery code does, once', true);

check('the browser has nothing to complain of', !faults.length, faults.join('\n'));
console.log(`seen ${seen}`);
await browser.close();
