/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job after the other. What the provider says is read by sso/, and trusted for what is in its document: where to
 * go, and its keys, from the issuer's own address over verified TLS.
 */
#include "server-stub/outside/envoy_work.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/say.h"
#include "agent/base/str.h"
#include "server-stub/outside/fetch.h"
#include "server-stub/outside/pale.h"
#include "server-stub/sso/claims.h"
#include "server-stub/sso/jwt.h"
#include "server-stub/sso/keyring.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HTTPS_PORT 443
#define STATUS_OK 200
#define SECOND INT64_C(1000000)

struct desk {
	const struct envoy_setup *setup;
	bool has_provider, has_keys;
	int64_t provider_us, keys_us; /* when they were read last; before the first time, 0 */
	int64_t failed_us;	      /* when the provider's document could not be read; 0: it could */
	struct provider provider;
	struct keyring keys;
	struct fetch fetch;
	struct jwt token;
	char failed[ENVOY_TEXT_MAX];
};

static bool refuse(struct envoy_answer *a, enum verdict v)
{
	a->refused = 1;
	snprintf(a->text, sizeof(a->text), "%s", verdict_text(v));
	return false;
}

/* GET or POST; false: there is no answer of status 200. */
static bool ask(struct desk *d, const char *url, struct envoy_answer *a)
{
	d->fetch.ca = d->setup->ca;
	d->fetch.url = url;
	if (fetch_run(&d->fetch) != ERR_OK)
		snprintf(a->text, sizeof(a->text), "%s", d->fetch.why);
	else if (d->fetch.status != STATUS_OK)
		snprintf(a->text, sizeof(a->text), "it answered with HTTP status %ld%s", d->fetch.status,
			 d->fetch.status >= 300 && d->fetch.status < 400 ? ", a redirect, which is not followed" : "");
	else
		return true;
	return false;
}

static bool get(struct desk *d, const char *url, struct envoy_answer *a)
{
	d->fetch.authorization = "";
	d->fetch.form = NULL;
	return ask(d, url, a);
}

static struct str heard(const struct desk *d)
{
	return (struct str){d->fetch.bytes, d->fetch.len};
}

/* -- what the provider says of itself -- */

static bool read_document(struct desk *d, struct envoy_answer *a)
{
	struct provider fresh;
	char url[PROVIDER_URL_MAX];
	enum verdict v;

	if (!provider_document(d->setup->issuer, url))
		return refuse(a, VERDICT_URL);
	if (!get(d, url, a))
		return false;
	v = provider_read(heard(d), d->setup->issuer, &fresh);
	if (v == VERDICT_GOOD && !(d->setup->secret[0] ? fresh.takes_basic : fresh.takes_none))
		v = VERDICT_CLIENT_AUTH;
	if (v != VERDICT_GOOD)
		return refuse(a, v);
	d->provider = fresh;
	d->has_provider = true;
	return true;
}

/* The document, read anew when it is old. One that was good stays in use while a newer cannot be read. */
static bool know_provider(struct desk *d, struct envoy_answer *a)
{
	int64_t now_us = clock_mono_us();

	if (d->has_provider && now_us - d->provider_us < ENVOY_OLD_S * SECOND)
		return true;
	if (d->failed_us && now_us - d->failed_us < ENVOY_FAILED_S * SECOND) {
		memcpy(a->text, d->failed, sizeof(a->text));
		return d->has_provider;
	}
	if (read_document(d, a)) {
		d->provider_us = clock_mono_us();
		d->failed_us = 0;
		return true;
	}
	d->failed_us = clock_mono_us();
	memcpy(d->failed, a->text, sizeof(d->failed));
	return d->has_provider;
}

static bool read_keys(struct desk *d, struct envoy_answer *a)
{
	enum verdict v;

	d->keys_us = clock_mono_us();
	if (!get(d, d->provider.keys, a))
		return false;
	v = keyring_read(heard(d), &d->keys);
	d->has_keys = v == VERDICT_GOOD;
	return d->has_keys || refuse(a, v);
}

/* The key that the token names. A provider that changes its keys publishes the new one first. */
static const struct keyring_key *find_key(struct desk *d, struct envoy_answer *a)
{
	int64_t age_us = clock_mono_us() - d->keys_us;
	const struct keyring_key *key = NULL;

	if (d->has_keys && age_us < ENVOY_OLD_S * SECOND)
		key = keyring_find(&d->keys, d->token.id, d->token.method);
	if (key)
		return key;
	if (d->has_keys && age_us < ENVOY_KEYS_AGAIN_S * SECOND) {
		refuse(a, VERDICT_KEY_UNKNOWN);
		return NULL;
	}
	if (!read_keys(d, a))
		return NULL;
	key = keyring_find(&d->keys, d->token.id, d->token.method);
	if (!key)
		refuse(a, VERDICT_KEY_UNKNOWN);
	return key;
}

/* -- the two jobs -- */

static struct ask_client client_of(const struct desk *d)
{
	const struct envoy_setup *s = d->setup;

	return (struct ask_client){s->client, s->secret, s->redirect, s->scope, s->acr};
}

static bool sign_in(struct desk *d, const struct envoy_job *job, struct envoy_answer *a)
{
	const struct ask_client client = client_of(d);
	struct buf b = buf_over(a->url, sizeof(a->url) - 1);

	if (!know_provider(d, a))
		return false;
	ask_sign_in(&b, d->provider.sign_in, &client, &job->secrets);
	return !b.overflow || refuse(a, VERDICT_URL);
}

/* Why the provider redeems no code is in its answer (RFC 6749 section 5.2), as a word. */
static void say_why(struct desk *d, struct envoy_answer *a)
{
	json_t *answer = d->fetch.status ? claims_read(heard(d)) : NULL;
	char word[64], shown[64];

	if (answer && claims_text(answer, "error", word, sizeof(word)) == ERR_OK) {
		str_show(str_from(word), shown, sizeof(shown));
		a->refused = 1;
		snprintf(a->text, sizeof(a->text), "it does not take the code: %s", shown);
	}
	json_decref(answer);
}

static bool redeem(struct desk *d, const struct envoy_job *job, struct envoy_answer *a)
{
	const struct ask_client client = client_of(d);
	char body[ASK_BODY_MAX], basic[ASK_URL_MAX];
	struct buf b = buf_over(body, sizeof(body) - 1), h = buf_over(basic, sizeof(basic) - 1);
	bool good;

	ask_redeem(&b, &client, job->code, job->secrets.verifier);
	if (client.secret[0])
		ask_basic(&h, &client);
	if (b.overflow || h.overflow)
		return refuse(a, VERDICT_URL);
	body[b.len] = basic[h.len] = '\0';
	d->fetch.authorization = basic;
	d->fetch.form = body;
	good = ask(d, d->provider.redeem, a);
	if (!good)
		say_why(d, a);
	key_wipe(body, sizeof(body));
	key_wipe(basic, sizeof(basic));
	return good;
}

/* The ID token of the answer (OpenID Connect Core 1.0, section 3.1.3.3). */
static enum verdict take_token(struct desk *d, char text[JWT_TEXT_MAX])
{
	json_t *answer = claims_read(heard(d));
	enum verdict v = VERDICT_JSON;

	if (answer) {
		enum err err = claims_text(answer, "id_token", text, JWT_TEXT_MAX);

		v = err == ERR_OK ? VERDICT_GOOD : err == ERR_TOO_LONG ? VERDICT_TOKEN : VERDICT_MISSING;
	}
	json_decref(answer);
	return v == VERDICT_GOOD ? jwt_read(str_from(text), &d->token) : v;
}

static bool judge(struct desk *d, const struct envoy_job *job, struct envoy_answer *a)
{
	static char text[JWT_TEXT_MAX];
	const struct identity_ask wanted = {d->setup->issuer, d->setup->client, job->secrets.nonce, clock_wall_s(),
					    &d->setup->grant};
	const struct keyring_key *key;
	enum verdict v = take_token(d, text);

	if (v != VERDICT_GOOD)
		return refuse(a, v);
	key = find_key(d, a);
	if (!key)
		return false;
	v = keyring_verify(key, d->token.method, d->token.signed_part,
			   (struct str){(const char *)d->token.signature, d->token.signature_len});
	if (v == VERDICT_GOOD)
		v = identity_read((struct str){d->token.payload, d->token.payload_len}, &wanted, &a->identity);
	return v == VERDICT_GOOD || refuse(a, v);
}

static void work(struct desk *d, struct envoy_job *job, struct envoy_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->number = job->number;
	job->code[sizeof(job->code) - 1] = '\0';
	if (job->kind == ENVOY_SIGN_IN)
		a->good = sign_in(d, job, a);
	else
		a->good = know_provider(d, a) && redeem(d, job, a) && judge(d, job, a);
	if (a->good)
		a->text[0] = '\0';
	key_wipe(d->fetch.bytes, sizeof(d->fetch.bytes));
	key_wipe(&d->token, sizeof(d->token));
}

/* -- the loop -- */

static enum err enter(const struct envoy_setup *setup)
{
	const uint16_t ports[ENVOY_PORTS_MAX] = {(uint16_t)provider_url_port(str_from(setup->issuer)), HTTPS_PORT};

	return pale_enter(&(struct pale){setup->ca, ENVOY_PORTS_MAX, ports});
}

int envoy_work(int fd, const struct envoy_setup *setup)
{
	static struct desk desk;
	static struct envoy_job job;
	static struct envoy_answer answer;
	bool has_curl = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	enum err err = enter(setup);

	desk.setup = setup;
	if (err != ERR_OK || !has_curl) {
		say(SAY_ERR, "nobody signs in by %s: the envoy cannot %s: %s", setup->issuer,
		    has_curl ? "put its fence up" : "start", has_curl ? err_text(err) : "libcurl fails");
		return 1;
	}
	for (;;) {
		ssize_t len = recv(fd, &job, sizeof(job), 0);

		if (len == 0 || (len < 0 && errno != EINTR))
			return 0;
		if (len != (ssize_t)sizeof(job))
			continue;
		work(&desk, &job, &answer);
		/* Who does not read it has ended. */
		(void)!send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
		key_wipe(&job, sizeof(job));
	}
}
