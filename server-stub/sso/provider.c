/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the discovery document. What it does not know of it does not matter. */
#include "server-stub/sso/provider.h"

#include "agent/base/buf.h"
#include "server-stub/sso/claims.h"

#include <string.h>

#define HTTPS "https://"
#define HTTPS_PORT 443

/* Host and port of an address; empty: it is none that is taken. */
static struct str authority_of(struct str url)
{
	struct str rest = url, host;

	for (size_t i = 0; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] > '~' || strchr("\"<>\\^`{|}#", url.data[i]))
			return STR_NONE;
	if (!str_take(&rest, STR(HTTPS)))
		return STR_NONE;
	rest = str_cut(&rest, '?');
	host = str_cut(&rest, '/');
	return str_find_byte(host, '@') == SIZE_MAX ? host : STR_NONE;
}

unsigned provider_url_port(struct str url)
{
	struct str host = authority_of(url);
	size_t colon = str_find_back(host, STR(":"));
	uint64_t port;

	if (str_empty(host) || colon == 0)
		return 0;
	if (colon == SIZE_MAX || (host.data[0] == '[' && host.data[host.len - 1] == ']'))
		return HTTPS_PORT;
	return str_number(str_sub(host, colon + 1, SIZE_MAX), UINT16_MAX, &port) == ERR_OK ? (unsigned)port : 0;
}

bool provider_url_good(struct str url)
{
	return provider_url_port(url) != 0;
}

bool provider_document(const char *issuer, char *out)
{
	struct buf b = buf_over(out, PROVIDER_URL_MAX - 1);
	struct str front = str_from(issuer);

	(void)str_take_back(&front, STR("/"));
	buf_put(&b, front);
	buf_text(&b, PROVIDER_WELL_KNOWN);
	out[b.len] = '\0';
	return !b.overflow;
}

static enum verdict read_url(const json_t *document, const char *name, char out[PROVIDER_URL_MAX])
{
	enum err err = claims_text(document, name, out, PROVIDER_URL_MAX);

	if (err == ERR_NOT_FOUND || err == ERR_INVALID)
		return VERDICT_MISSING;
	return err == ERR_OK && provider_url_good(str_from(out)) ? VERDICT_GOOD : VERDICT_URL;
}

/* A list that is absent has what the specification says then. */
static bool offers(const json_t *document, const char *name, struct str wanted, bool absent)
{
	return json_object_get(document, name) ? claims_has(document, name, wanted) : absent;
}

static enum verdict read_document(const json_t *document, const char *issuer, struct provider *out)
{
	const char *methods = "token_endpoint_auth_methods_supported";
	char theirs[PROVIDER_URL_MAX];
	enum verdict v;

	if (claims_text(document, "issuer", theirs, sizeof(theirs)) != ERR_OK || strcmp(theirs, issuer) != 0)
		return VERDICT_ISSUER;
	v = read_url(document, "authorization_endpoint", out->sign_in);
	if (v == VERDICT_GOOD)
		v = read_url(document, "token_endpoint", out->redeem);
	if (v == VERDICT_GOOD)
		v = read_url(document, "jwks_uri", out->keys);
	/* PKCE: a provider that says nothing about it may take it all the same; one that lists other methods does not.
	 */
	if (v == VERDICT_GOOD && (!offers(document, "response_types_supported", STR("code"), true) ||
				  !offers(document, "code_challenge_methods_supported", STR("S256"), true)))
		v = VERDICT_NO_CODE;
	out->takes_basic = offers(document, methods, STR("client_secret_basic"), true);
	out->takes_none = offers(document, methods, STR("none"), true);
	return v;
}

enum verdict provider_read(struct str text, const char *issuer, struct provider *out)
{
	json_t *document = claims_read(text);
	enum verdict v = VERDICT_JSON;

	memset(out, 0, sizeof(*out));
	if (document)
		v = read_document(document, issuer, out);
	json_decref(document);
	if (v != VERDICT_GOOD)
		memset(out, 0, sizeof(*out));
	return v;
}
