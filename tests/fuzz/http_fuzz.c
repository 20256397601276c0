/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators' machines send to the API, once TLS is off: requests, query strings and JSON bodies. The first byte of
 * the input is the size of the pieces it arrives in. What must hold: pieces change nothing, everything borrowed lies
 * within the input's copy, a request that is let through has the one length that both readers of it found, and no path
 * names a file outside of the console's one folder.
 */
#include "agent/base/require.h"
#include "server-stub/api/asset.h"
#include "server-stub/api/body.h"
#include "server-stub/api/cookie.h"
#include "server-stub/api/http.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/query.h"
#include "server-stub/api/route.h"
#include "server-stub/api/when.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http whole, pieces;
static struct api api;

static enum http_state feed(struct http *h, struct str *in, size_t piece)
{
	enum http_state state = HTTP_MORE;

	http_next(h);
	while (in->len && state != HTTP_READY && state != HTTP_BAD) {
		struct str part = {in->data, in->len < piece ? in->len : piece};
		size_t before = part.len;

		do
			state = http_feed(h, &part);
		while (part.len && state != HTTP_READY && state != HTTP_BAD);
		in->data += before - part.len;
		in->len -= before - part.len;
	}
	return state;
}

static void read_query(struct str query)
{
	static const char *const names[] = {"limit", "after", "since", "user", "device", "q", "a"};
	char out[48];
	int64_t us;
	struct str stranger;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (query_get(query, names[i], out, sizeof(out)) == ERR_OK && when_parse(str_from(out), &us) == ERR_OK)
			require(us >= INT64_MIN / 2);
	(void)query_known(query, "limit after since user", &stranger);
}

static void read_body(const struct http *h)
{
	struct call call = {.api = &api, .http = h};
	char text[64];
	int64_t number = 1;
	bool flag;
	json_t *body = body_read(&call, "user password verb params devices group all expires_in_s order signatures");

	if (!body) {
		require(call.status >= 400 && !call.body.overflow);
		return;
	}
	if (body_text(&call, body, &(struct body_text){"user", text, sizeof(text), true}))
		require(strlen(text) < sizeof(text));
	(void)body_number(&call, body, &(struct body_number){"expires_in_s", 1, 100, &number});
	require(number >= 1 && number <= 100);
	(void)body_flag(&call, body, "all", &flag);
	json_decref(body);
}

static void read_cookie(struct str header)
{
	struct str token = STR_NONE;

	if (cookie_find(header, &token) == ERR_OK && token.len)
		require(token.data >= header.data && token.data + token.len <= header.data + header.len);
}

static void look(const struct http *h)
{
	struct str arg;
	char allow[ROUTE_ALLOW_MAX], name[64];
	struct ids_prefix id;
	const struct route_ask ask = {h->method, h->path};
	const struct route *route = route_find(api_routes, ask, &arg, allow);

	require(h->body.len <= HTTP_BODY_MAX && h->path.len + h->query.len <= HTTP_URL_MAX);
	if (route && arg.len) {
		require(arg.data >= h->head && arg.data + arg.len <= h->head + HTTP_HEAD_MAX);
		(void)!query_unescape(arg, name, sizeof(name));
		(void)!ids_parse(arg, &id);
		if (asset_name_good(arg))
			require(arg.data[0] != '.' && str_find_byte(arg, '/') == SIZE_MAX &&
				str_find_byte(arg, '%') == SIZE_MAX && arg.len <= ASSET_NAME_MAX);
	}
	read_query(h->query);
	read_cookie(http_header(h, "cookie"));
	read_body(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? (size_t)data[0] % 64 + 1 : 1;
	struct str a = {(const char *)data + 1, size ? size - 1 : 0}, b = a;

	if (!api.page)
		api.page = malloc(CALL_PAGE_BYTES);
	/* Requests one after another, as on one connection. */
	for (unsigned i = 0; i < 16 && a.len; i++) {
		enum http_state one = feed(&whole, &a, SIZE_MAX), other = feed(&pieces, &b, piece);

		require(one == other || (one == HTTP_BAD && other == HTTP_BAD));
		if (one == HTTP_BAD) {
			require(whole.status == pieces.status && whole.status >= 400 && whole.why);
			require(!whole.keep_alive && !pieces.keep_alive);
			return 0;
		}
		if (one != HTTP_READY)
			return 0;
		require(a.len == b.len && whole.method == pieces.method && str_equal(whole.path, pieces.path));
		require(str_equal(whole.body, pieces.body) && str_equal(whole.query, pieces.query));
		look(&whole);
	}
	return 0;
}
