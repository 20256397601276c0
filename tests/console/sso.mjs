// SPDX-License-Identifier: Apache-2.0
// Single sign-on by a Chromium at a real provider's page: node sso.mjs ADDRESS SHOTS DIR, as walk.mjs is called. It prints
// "ok: ..." and ends with 1 at the first thing that was not right.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [address, shots, modules] = process.argv.slice(2);
const need = createRequire(`${modules}/`);
const { chromium } = need('playwright-core');
const faults = [];
let page;

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

process.on('uncaughtException', async (error) => {
	await page?.screenshot({ path: `${shots}/failed.png`, fullPage: true }).catch(() => {});
	console.log(`FAIL: ${error.message}\n${faults.join('\n')}\n${page?.url()}\n${await page?.innerText('body').catch(() => '')}`);
	process.exit(1);
});

/** Another browser, which neither the service nor the provider knows. */
async function another() {
	const context = await browser.newContext({ ignoreHTTPSErrors: true });

	page = await context.newPage();
	page.setDefaultTimeout(40000);
	page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
	page.on('console', (m) => m.type() === 'error' && page.url().startsWith(address) && !/status of 4\d\d/.test(m.text()) && faults.push(`console: ${m.text()}`));
}

const button = (name) => page.getByRole('button', { name });
const heading = (name) => page.getByRole('heading', { name }).waitFor();
const alert = () => page.getByRole('alert').innerText();
const shot = (name) => page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe says against the page as it is, in both themes. */
async function accessible(name) {
	for (const theme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme: theme });
		await page.evaluate(`${axe}; undefined`);
		const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));

		check(`${name} is accessible in ${theme}`, !violations.length, JSON.stringify(violations.map((v) => [v.id, v.nodes.map((n) => n.html)])));
	}
}

const call = (path, body) => page.evaluate(async ([p, b]) => (await fetch(`/api/v1${p}`, {
	method: b ? 'POST' : 'GET', headers: { 'X-Caltrop': '1', 'Content-Type': 'application/json' }, body: b && JSON.stringify(b),
})).json(), [path, body]);

async function signIn(name) {
	await another();
	await page.goto(address);
	await button('Sign in with Example').click();
	await page.getByPlaceholder('Enter any login').fill(name);
	await page.getByPlaceholder('and password').fill('x');
	await shot(`provider-${name}`);
	await page.getByRole('button', { name: 'Sign-in' }).click();
}

function totp(secret) {
	const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))), step = Buffer.alloc(8);

	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
	const mac = createHmac('sha1', key).update(step).digest();

	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

await another();
await page.goto(address);
await button('Sign in with Example').waitFor();
await shot('sign-in');
await signIn('vera');
await heading('Overview');
await shot('overview');
check('who signs in at the provider is in the console', true);
check('the code is gone from the address', !page.url().includes('code='), page.url());
check('as whom the provider says', (await call('/session')).user.startsWith('sso:vera:'));
await page.reload();
await heading('Overview');
check('and stays so when the page is loaded again', true);
await button('Sign out').click();
await button('Sign in with Example').click();
await heading('Overview');
check('the provider remembers its people, so one click is enough then', true);

/** caltrop login --browser: its address and code, and an end that takes the number. */
async function desk(...options) {
	const child = spawn('caltrop', ['login', '--browser', '--code-file', '-', '--context', 'page', '--server', 'https://localhost:8444',
		...options], { env: { ...process.env, LOGNAME: 'vera' } });
	let said = '';
	const ended = new Promise((next) => child.on('close', next));
	const printed = new Promise((next) => {
		for (const out of [child.stdout, child.stderr]) {
			out.on('data', (text) => {
				said += text;
				if (/then\.\n/.test(said))
					next();
			});
		}
	});

	await Promise.race([printed, ended]);
	return {
		url: /^Open +(\S+)$/m.exec(said)?.[1], code: /^ +([A-Z]{4}-[A-Z]{4})$/m.exec(said)?.[1],
		type: async (number) => {
			child.stdin.end(`${number}\n`);
			return { code: await ended, said };
		},
	};
}

const trust = ['--ca', process.env.SERVICE_CA];
let asked = await desk(...trust);

check('the command line prints an address of the console', asked.url === `${address}/#/desk/${asked.code}`, asked.url);
await another();
await page.goto(asked.url);
await button('Sign in with Example').click();
await page.getByPlaceholder('Enter any login').fill('vera');
await page.getByPlaceholder('and password').fill('x');
await page.getByRole('button', { name: 'Sign-in' }).click();
await heading('A command line asks to be logged in as you');
check('after the way over the provider it is the same screen', page.url() === asked.url, page.url());
check('which shows the code', await page.getByText(asked.code).count() === 1);
check('and the machine', await page.getByText(/^vera@/).count() === 1);
await accessible('desk');
await shot('desk');
await button('It is mine, let it in').click();
await heading('Type this number in your terminal');
await accessible('number');
await shot('number');
const typed = await asked.type(await page.getByRole('status').filter({ hasText: /^\d{3}-\d{3}$/ }).innerText());

check('with the number the command line is logged in', typed.code === 0, typed.said);
await page.reload();
check('the address is good once', /No machine waits/.test(await alert()));
asked = await desk(...trust);
await page.goto(`${address}/#/desk`);
await page.getByLabel('Code').fill(asked.code.toLowerCase());
await button('Go on').click();
await button('Refuse').click();
await page.getByText('It is refused').waitFor();
check('who refuses is believed', (await asked.type('123456')).code === 5);

await signIn('rob');
await heading('An app that shows codes');
check('a responder sets up a second factor first', await page.getByRole('heading', { name: 'Or a passkey' }).count() === 0);
const { secret } = await call('/factor', {});
const { recovery_codes: codes } = await call('/factor/confirm', { code: totp(secret) });

await signIn('rob');
await page.getByLabel('Code').fill('000000');
await shot('factor');
await button('Sign in').click();
check('a wrong code lets nobody in', /wrong/.test(await alert()));
await page.getByLabel('Code').fill(codes[0]);
await button('Sign in').click();
await heading('Overview');
check('with the right one he is in', true);

await signIn('eve');
check('who has no role is told so', /none of the groups/.test(await alert()));
await shot('refused');
await button('Back').click();
await button('Sign in with Example').waitFor();
check('and finds the way back', true);

for (const [query, words] of [
	['error=access_denied&state=x', /let nobody in: access_denied/],
	['error=%3Cimg%20src=x%3E', /sent no code/],
	['code=stolen&state=stolen', /begun no sign-in/],
]) {
	await another();
	await page.goto(`${address}/sso/return?${query}`);
	check(`an address with ${query} lets nobody in`, words.test(await alert()), await alert());
	check('and is not kept in the address bar', new URL(page.url()).pathname === '/' && !page.url().includes('?'));
}
await page.goto(address.replace('fleet.example', 'localhost'));
await page.getByRole('link', { name: address }).waitFor();
check('under another name the console says where it works', await button('Sign in with Example').count() === 0);
check('the browser has nothing to complain of', !faults.length, faults.join('\n'));
await browser.close();
