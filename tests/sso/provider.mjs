// SPDX-License-Identifier: Apache-2.0
// A real OpenID provider (npm's oidc-provider) with its own sign-in page: node provider.mjs ISSUER CERT KEY REDIRECT DIR, DIR the
// folder with node_modules. Anybody may sign in with any password; GROUPS below says of which groups. What stands in /tmp/mode as
// JSON is done wrong: { claims, header, key } changes the next tokens, which are signed again by the provider's own key ("other":
// by one that it does not publish; "hmac": by its public key as a secret; "none"), { document } and { keys } change what it
// publishes, { hang: PART OF A PATH } leaves requests without an answer.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [issuer, cert, key, redirect, modules] = process.argv.slice(2);
const { default: Provider } = await import(`${modules}/node_modules/oidc-provider/lib/index.js`);
const GROUPS = { ada: ['fleet admins', 'all'], rob: ['soc', 'all'], vera: ['all'], eve: ['others'] };
const pairs = {
	RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
	ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
	other: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
const jwk = (alg) => ({ ...pairs[alg].privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg}-key` });
const client = (client_id, more) => ({ client_id, redirect_uris: [redirect], response_types: ['code'], grant_types: ['authorization_code'], ...more });
const mode = () => {
	try {
		return JSON.parse(readFileSync('/tmp/mode', 'utf8'));
	} catch {
		return {};
	}
};

const provider = new Provider(issuer, {
	clients: [
		client('caltrop', { client_secret: 'a secret: 100%', token_endpoint_auth_method: 'client_secret_basic' }),
		client('public', { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' }),
	],
	jwks: { keys: [jwk('RS256'), jwk('ES256')] },
	conformIdTokenClaims: false,
	claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
	pkce: { methods: ['S256'], required: () => true },
	findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub, preferred_username: `${sub}@example.org`, groups: GROUPS[sub] || [] }) }),
	// Nobody is asked whether the service may know who signs in.
	async loadExistingGrant(ctx) {
		const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });

		grant.addOIDCScope('openid profile');
		await grant.save();
		return grant;
	},
	cookies: { keys: ['a test'] },
});

const text = (part) => Buffer.from(part).toString('base64url');
const ours = (token) => JSON.parse(Buffer.from(token, 'base64url'));

function signAgain(token, { claims, header, key: by }) {
	const [head, body] = token.split('.').slice(0, 2).map(ours);
	const made = `${text(JSON.stringify({ ...head, ...header }))}.${text(JSON.stringify({ ...body, ...claims }))}`;
	const { publicKey } = pairs.RS256;

	if (by === 'none')
		return `${made}.`;
	if (by === 'hmac')
		return `${made}.${createHmac('sha256', publicKey.export({ type: 'spki', format: 'pem' })).update(made).digest('base64url')}`;
	const { privateKey } = pairs[by || head.alg];

	return `${made}.${sign('sha256', made, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

provider.use(async (ctx, next) => {
	const wrong = mode();

	console.log(`${ctx.method} ${ctx.path}`);
	if (wrong.hang && ctx.path.includes(wrong.hang))
		await new Promise(() => {});
	await next();
	if (ctx.path === '/token' && ctx.body?.id_token && (wrong.claims || wrong.header || wrong.key))
		ctx.body.id_token = signAgain(ctx.body.id_token, wrong);
	if (ctx.path === '/.well-known/openid-configuration' && wrong.document)
		ctx.body = { ...ctx.body, ...wrong.document };
	if (ctx.path === '/jwks' && wrong.keys)
		ctx.body = wrong.keys === 'huge' ? { keys: ctx.body.keys, more: 'x'.repeat(1 << 20) } : wrong.keys;
});

createServer({ cert: readFileSync(cert), key: readFileSync(key) }, provider.callback())
	.listen(new URL(issuer).port, '0.0.0.0', () => writeFileSync('/tmp/provider_ready', ''));
