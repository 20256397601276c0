/* SPDX-License-Identifier: Apache-2.0 */
/* Judges claims, in the order of the specification. The signature was verified before. */
#include "server-stub/sso/identity.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "server-stub/sso/claims.h"

#include <stdio.h>
#include <string.h>

#define PLAIN_MAX 24
#define HASH_BYTES 12

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	       c == '.';
}

void identity_account(const char *issuer, const char *sub, char out[IDENTITY_ACCOUNT_MAX])
{
	struct buf b = buf_over(out, IDENTITY_ACCOUNT_MAX - 1);
	uint8_t digest[32];
	struct key_hash h;

	buf_text(&b, IDENTITY_ACCOUNT);
	for (size_t i = 0, n = 0; sub[i] && n < PLAIN_MAX; i++)
		if (is_plain(sub[i])) {
			buf_char(&b, sub[i]);
			n++;
		}
	/* With its NUL, so that no issuer and sub run together. */
	key_hash_begin(&h);
	key_hash_add(&h, issuer, strlen(issuer) + 1);
	key_hash_add(&h, sub, strlen(sub));
	key_hash_end(&h, digest);
	buf_char(&b, ':');
	buf_hex(&b, digest, HASH_BYTES);
	out[b.len] = '\0';
}

/* aud is one text or a list; of several, azp says whose it is. */
static bool is_for(const json_t *claims, const char *client)
{
	const json_t *party = json_object_get(claims, "azp");

	if (!claims_has(claims, "aud", str_from(client)))
		return false;
	if (json_array_size(json_object_get(claims, "aud")) > 1 && !party)
		return false;
	return !party || (json_is_string(party) && claims_has(claims, "azp", str_from(client)));
}

static enum verdict check_times(const json_t *claims, int64_t wall_s)
{
	int64_t ends_s, made_s, begins_s;
	enum err err;

	if (claims_time(claims, "exp", &ends_s) != ERR_OK || claims_time(claims, "iat", &made_s) != ERR_OK)
		return VERDICT_MISSING;
	err = claims_time(claims, "nbf", &begins_s);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return VERDICT_MISSING;
	if (made_s > wall_s + IDENTITY_SKEW_S || (err == ERR_OK && begins_s > wall_s + IDENTITY_SKEW_S))
		return VERDICT_NOT_YET;
	return ends_s <= wall_s - IDENTITY_SKEW_S || made_s < wall_s - IDENTITY_AGE_MAX_S ? VERDICT_EXPIRED
											  : VERDICT_GOOD;
}

/* The first of these that there is; "" where there is none. */
static void read_shown(const json_t *claims, char *out, size_t cap)
{
	static const char *const names[] = {"preferred_username", "email", "name"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (claims_text(claims, names[i], out, cap) == ERR_OK)
			return;
	out[0] = '\0';
}

static enum verdict judge(const json_t *claims, const struct identity_ask *ask, struct identity *out)
{
	char sub[IDENTITY_SUBJECT_MAX];
	const char *role;
	enum verdict v;

	if (!json_is_string(json_object_get(claims, "iss")) || !claims_has(claims, "iss", str_from(ask->issuer)))
		return VERDICT_ISSUER;
	if (!is_for(claims, ask->client))
		return VERDICT_AUDIENCE;
	v = check_times(claims, ask->wall_s);
	if (v != VERDICT_GOOD)
		return v;
	if (!json_is_string(json_object_get(claims, "nonce")) || !claims_has(claims, "nonce", str_from(ask->nonce)))
		return VERDICT_NONCE;
	if (claims_text(claims, "sub", sub, sizeof(sub)) != ERR_OK)
		return VERDICT_MISSING;
	identity_account(ask->issuer, sub, out->account);
	role = grant_role(ask->grant, claims);
	if (!role)
		return VERDICT_NO_ROLE;
	snprintf(out->role, sizeof(out->role), "%s", role);
	out->factor = grant_factor(ask->grant, claims);
	read_shown(claims, out->shown, sizeof(out->shown));
	return VERDICT_GOOD;
}

enum verdict identity_read(struct str payload, const struct identity_ask *ask, struct identity *out)
{
	json_t *claims = claims_read(payload);
	enum verdict v = VERDICT_TOKEN;

	memset(out, 0, sizeof(*out));
	if (claims)
		v = judge(claims, ask, out);
	json_decref(claims);
	return v;
}
