/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTPS client for the bench: waits with poll(2). Parses no more of HTTP than it must. */
#include "tests/bench/load/load_api.h"

#include "tests/bench/load/load_times.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_LIMIT_US 120000000

static void broken(const struct load_api *api, const char *what)
{
	fprintf(stderr, "the API's connection: %s (mbedTLS -0x%04x)\n", what, (unsigned)-api->tls.error);
	exit(1);
}

/* Until the socket can go on; false after the time. */
static bool wait_for(struct load_api *api, enum load_tls_result result, int64_t until_us)
{
	struct pollfd fd = {api->tls.fd, result == LOAD_TLS_WRITE ? POLLOUT : POLLIN, 0};
	int64_t left = until_us - load_times_clock_us();

	return left > 0 && poll(&fd, 1, (int)(left / 1000) + 1) > 0;
}

void load_api_open(struct load_api *api, const char *address, uint16_t port, const char *token)
{
	struct in_addr in;
	int64_t until = load_times_clock_us() + CALL_LIMIT_US;
	enum load_tls_result result;

	memset(api, 0, sizeof(*api));
	snprintf(api->token, sizeof(api->token), "%s", token);
	load_tls_key(&api->key, NULL, NULL, port);
	if (inet_pton(AF_INET, address, &in) != 1)
		broken(api, "not an address");
	api->key.address = ntohl(in.s_addr);
	load_tls_init(&api->tls, &api->key, NULL, 0xeffff);
	if (!load_tls_open(&api->tls))
		broken(api, "cannot connect");
	while ((result = load_tls_shake(&api->tls)) != LOAD_TLS_DONE)
		if (result == LOAD_TLS_ENDED || !wait_for(api, result, until))
			broken(api, "no handshake");
}

static void send_all(struct load_api *api, const char *data, size_t len)
{
	int64_t until = load_times_clock_us() + CALL_LIMIT_US;
	size_t sent;

	while (len > 0) {
		enum load_tls_result result = load_tls_write(&api->tls, data, len, &sent);

		if (result == LOAD_TLS_ENDED || (result != LOAD_TLS_DONE && !wait_for(api, result, until)))
			broken(api, "cannot send");
		data += sent;
		len -= sent;
	}
}

/* More of the answer; false after the time. */
static bool read_more(struct load_api *api, int64_t until_us)
{
	size_t got = 0;
	enum load_tls_result result;

	if (api->len >= sizeof(api->answer) - 1)
		broken(api, "too long an answer");
	do {
		result = load_tls_read(&api->tls, api->answer + api->len, sizeof(api->answer) - 1 - api->len, &got);
		if (result == LOAD_TLS_ENDED)
			broken(api, "ended");
		if (result != LOAD_TLS_DONE && !wait_for(api, result, until_us))
			return false;
	} while (result != LOAD_TLS_DONE);
	api->len += got;
	api->answer[api->len] = 0;
	return true;
}

static void send_request(struct load_api *api, const char *method, const char *path, const char *json)
{
	char head[1024];
	int len = snprintf(head, sizeof(head),
			   "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
			   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
			   method, path, api->token, json ? strlen(json) : 0);
	static char request[65536];
	int all = snprintf(request, sizeof(request), "%s%s", head, json ? json : "");

	if (len >= (int)sizeof(head) || all >= (int)sizeof(request))
		broken(api, "too long a request");
	api->len = 0;
	api->answer[0] = 0;
	send_all(api, request, (size_t)all);
}

/* The head of the answer; body then points behind it. */
static void read_head(struct load_api *api, int64_t until_us)
{
	char *end;

	while (!(end = strstr(api->answer, "\r\n\r\n")))
		if (!read_more(api, until_us))
			broken(api, "no answer");
	api->body = end + 4;
	api->status = strlen(api->answer) > 9 ? (int)strtol(api->answer + 9, NULL, 10) : 0;
}

int load_api_call(struct load_api *api, const char *method, const char *path, const char *json)
{
	int64_t until = load_times_clock_us() + CALL_LIMIT_US;
	size_t want = 0;

	send_request(api, method, path, json);
	read_head(api, until);
	char *length = strcasestr(api->answer, "\r\nContent-Length:");

	if (length && length < api->body)
		want = strtoul(length + 17, NULL, 10);
	while ((size_t)(api->answer + api->len - api->body) < want)
		if (!read_more(api, until))
			broken(api, "half an answer");
	return api->status;
}

int load_api_listen(struct load_api *api, const char *path)
{
	send_request(api, "GET", path, NULL);
	read_head(api, load_times_clock_us() + CALL_LIMIT_US);
	return api->status;
}

bool load_api_hears(struct load_api *api, const char *text, int64_t limit_us)
{
	int64_t until = load_times_clock_us() + limit_us;
	char *at;

	while (!(at = strstr(api->body, text)))
		if (!read_more(api, until))
			return false;
	at += strlen(text);
	api->len = (size_t)(api->answer + api->len - at);
	memmove(api->answer, at, api->len + 1);
	api->body = api->answer;
	return true;
}

bool load_api_member(const struct load_api *api, const char *name, char *out, size_t cap)
{
	char key[64];

	snprintf(key, sizeof(key), "\"%s\":\"", name);
	const char *at = strstr(api->body, key);
	size_t len = at ? strcspn(at + strlen(key), "\"") : 0;

	if (!at || len >= cap)
		return false;
	memcpy(out, at + strlen(key), len);
	out[len] = 0;
	return true;
}

void load_api_close(struct load_api *api)
{
	load_tls_cut(&api->tls);
	mbedtls_ssl_config_free(&api->tls.conf);
	mbedtls_ssl_session_free(&api->tls.session);
}
