// SPDX-License-Identifier: Apache-2.0
// Passkeys by a Chromium and its virtual authenticator: node passkey.mjs ADDRESS SHOTS DIR, as walk.mjs is called. NAME has
// set no factor up and has to. It prints "ok: ..." and "recovery CODE", and ends with 1 at the first thing that was not right.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';

const [address, shots, modules] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)('playwright-core');
const { NAME, PASSWORD } = process.env;
const faults = [];

function check(text, holds, detail = '') {
	if (!holds) {
		console.log(`FAIL: ${text} ${detail}`);
		process.exit(1);
	}
	console.log(`ok: ${text}`);
}

mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || '/usr/lib/chromium/chromium',
	args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
});
const context = await browser.newContext({ ignoreHTTPSErrors: true });
const page = await context.newPage();

page.setDefaultTimeout(40000);
page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
page.on('console', (m) => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && faults.push(`console: ${m.text()}`));
process.on('uncaughtException', async (error) => {
	await page.screenshot({ path: `${shots}/failed.png`, fullPage: true }).catch(() => {});
	console.log(`FAIL: ${error.message}\n${faults.join('\n')}\n${await page.innerText('body').catch(() => '')}`);
	process.exit(1);
});

const devtools = await context.newCDPSession(page);

await devtools.send('WebAuthn.enable');
const authenticator = (more) => devtools.send('WebAuthn.addVirtualAuthenticator', { options: {
	protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
	automaticPresenceSimulation: true, ...more } }).then((made) => made.authenticatorId);
const remove = (authenticatorId) => devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
const alert = () => page.getByRole('alert').innerText();

async function signOut() {
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
}

/* Somebody who has to set up a factor before anything else. */
const laptop = await authenticator();

await page.goto(address);
await page.getByRole('button', { name: 'Use a passkey' }).click();
check('who has no passkey is told so', /no passkey/.test(await alert()));
await page.getByLabel('Name').fill(NAME);
await page.getByLabel('Password').fill(PASSWORD);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('heading', { name: 'Or a passkey' }).waitFor();
await page.screenshot({ path: `${shots}/first-factor.png`, fullPage: true });
await page.getByLabel('Name of the passkey').fill('laptop');
await page.getByRole('button', { name: 'Add passkey' }).click();
await page.getByRole('button', { name: 'I have kept them' }).waitFor();
const codes = (await page.locator('.command pre').innerText()).split('\n');

check('the first passkey brings ten recovery codes', codes.length === 10);
codes.forEach((code) => console.log(`recovery ${code}`));
await page.getByRole('button', { name: 'I have kept them' }).click();
await page.getByRole('heading', { name: 'Overview' }).waitFor();
check('and is the second factor that the role needs', true);

/* It signs in by itself; the password does no more. */
await signOut();
await page.getByRole('button', { name: 'Use a passkey' }).click();
await page.getByRole('heading', { name: 'Overview' }).waitFor();
check('a passkey signs in alone', true);
await signOut();
await page.getByLabel('Name').fill(NAME);
await page.getByLabel('Password').fill(PASSWORD);
await page.getByRole('button', { name: 'Sign in' }).click();
check('a password alone does not, and that is said', /use your passkey/.test(await alert()));

/* A second one, on an authenticator of its own. */
await page.getByRole('button', { name: 'Use a passkey' }).click();
await page.getByRole('heading', { name: 'Overview' }).waitFor();
await page.evaluate(() => { location.hash = '#/people'; });
await page.getByRole('heading', { name: 'Your passkeys' }).waitFor();
await page.getByLabel('Name of the passkey').fill('laptop-again');
await page.getByRole('button', { name: 'Add passkey' }).click();
check('an authenticator takes no second passkey of the same operator', /already/.test(await alert()));
await remove(laptop);
const key = await authenticator({ isUserVerified: true });

await page.getByLabel('Name of the passkey').fill('blue-key');
await page.getByRole('button', { name: 'Add passkey' }).click();
await page.getByRole('cell', { name: 'blue-key' }).waitFor();
await page.screenshot({ path: `${shots}/people.png`, fullPage: true });
check('whoever signed in just now adds another one', await page.getByRole('cell', { name: 'laptop' }).count() > 0);

/* The authenticator does not know who holds it. */
await signOut();
await devtools.send('WebAuthn.setUserVerified', { authenticatorId: key, isUserVerified: false });
await page.getByRole('button', { name: 'Use a passkey' }).click();
check('an authenticator in other hands lets nobody in', /no answer/.test(await alert()));
await devtools.send('WebAuthn.setUserVerified', { authenticatorId: key, isUserVerified: true });
const { credentials: [credential] } = await devtools.send('WebAuthn.getCredentials', { authenticatorId: key });

await page.getByRole('button', { name: 'Use a passkey' }).click();
await page.getByRole('heading', { name: 'Overview' }).or(page.getByRole('heading', { name: 'People' })).first().waitFor();
check('the second passkey signs in', true);

/* What somebody copied before counts on from there. */
await signOut();
await remove(key);
const copy = await authenticator();

await devtools.send('WebAuthn.addCredential', { authenticatorId: copy, credential });
await page.getByRole('button', { name: 'Use a passkey' }).click();
check('a copy of an authenticator is found out', /lets nobody in/.test(await alert()));
check('the browser has nothing to complain of', !faults.length, faults.join('\n'));
await browser.close();
