/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP/1.1 client (RFC 9112) for the one server it meets: reads heads line by line, bodies by length or in
 * chunks, and Server-Sent Events. The server is ours, but nothing it sends is trusted with more than bounded memory.
 */
#include "server-stub/cli/rest.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/decode.h"
#include "server-stub/cli/https.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 8192
#define LINE_MAX_BYTES (4u << 20) /* of one event's data */

struct rest {
	struct context context;
	struct https *https;
	char in[16384];
	size_t at, len;
	int64_t deadline_ms;
	int failure; /* of the last read: as https_read */

	/* of the answer under way */
	unsigned status;
	bool chunked, keep;
	size_t left; /* of the body or the chunk */
	bool ended;
};

struct rest *rest_open_context(const struct context *c, struct context *learn, int *status)
{
	struct rest *r = calloc(1, sizeof(*r));

	if (!r) {
		*status = COMMAND_FAILED;
		return NULL;
	}
	r->context = *c;
	r->https = https_open(c, learn, status);
	if (r->https)
		return r;
	free(r);
	return NULL;
}

struct rest *rest_open(int *status)
{
	struct context c;

	*status = context_load(&c, true);
	if (*status != OPTS_GO_ON)
		return NULL;
	if (!c.token[0]) {
		fprintf(stderr, "caltrop: you are logged out of %s; log in again with `caltrop login`\n", c.host);
		*status = COMMAND_DENIED;
		return NULL;
	}
	struct rest *r = rest_open_context(&c, NULL, status);

	key_wipe(&c, sizeof(c));
	return r;
}

void rest_close(struct rest *r)
{
	if (!r)
		return;
	https_close(r->https);
	key_wipe(r, sizeof(*r));
	free(r);
}

const struct context *rest_context(const struct rest *r)
{
	return &r->context;
}

/* -- bytes -- */

static int next_byte(struct rest *r)
{
	if (r->at == r->len) {
		int got = https_read(r->https, r->in, sizeof(r->in), r->deadline_ms);

		r->failure = got;
		if (got <= 0)
			return -1;
		r->at = 0;
		r->len = (size_t)got;
	}
	return (unsigned char)r->in[r->at++];
}

/* A line without its end; false at the end of the connection or when it is too long. */
static bool line(struct rest *r, char *out, size_t cap)
{
	size_t len = 0;
	int c;

	while ((c = next_byte(r)) >= 0 && c != '\n') {
		if (len + 1 == cap)
			return false;
		out[len++] = (char)c;
	}
	while (len && out[len - 1] == '\r')
		len--;
	out[len] = 0;
	return c == '\n';
}

static bool number(const char *text, unsigned base, size_t *out)
{
	char *end;
	unsigned long long value = strtoull(text, &end, (int)base);

	*out = (size_t)value;
	return end != text && value <= REST_ANSWER_MAX;
}

static bool head_line(struct rest *r, char *text)
{
	struct str value = str_from(text);
	struct str name = str_cut(&value, ':');

	value = str_trim(value);
	if (str_equal_fold(name, STR("content-length"))) {
		r->keep = true;
		return number(value.data, 10, &r->left);
	}
	if (str_equal_fold(name, STR("transfer-encoding")))
		r->chunked = str_equal_fold(value, STR("chunked"));
	if (str_equal_fold(name, STR("connection")) && str_equal_fold(value, STR("close")))
		r->ended = true;
	return true;
}

/* Status line and headers. */
static bool head(struct rest *r)
{
	char text[HEAD_MAX];
	size_t status;

	do {
		r->chunked = r->keep = r->ended = false;
		r->left = 0;
		if (!line(r, text, sizeof(text)) || strncmp(text, "HTTP/1.1 ", 9) || !number(text + 9, 10, &status))
			return false;
		r->status = (unsigned)status;
		while (line(r, text, sizeof(text)) && text[0])
			if (!head_line(r, text))
				return false;
		if (text[0])
			return false;
	} while (r->status == 100);
	return true;
}

/* The next byte of the body; -1 at its end or when the connection broke (r->failure tells). */
static int body_byte(struct rest *r)
{
	char text[64];

	if (r->left == 0 && r->chunked) {
		if (!line(r, text, sizeof(text)))
			return -1;
		if (!text[0] && !line(r, text, sizeof(text)))
			return -1;
		if (!number(text, 16, &r->left) || r->left == 0) {
			r->chunked = false;
			r->failure = 1;
			(void)line(r, text, sizeof(text));
			return -1;
		}
	}
	if (r->left == 0) {
		r->failure = 1;
		return -1;
	}
	r->left--;
	return next_byte(r);
}

/* -- calls -- */

static bool request(struct rest *r, const struct rest_call *call, const char *accept, const char *last_id)
{
	char memory[4096];
	struct buf b = buf_over(memory, sizeof(memory));
	char *body = call->body ? json_dumps(call->body, JSON_COMPACT) : NULL;
	bool six = strchr(r->context.host, ':') != NULL;

	buf_printf(&b, "%s %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: caltrop/" CALTROP_VERSION "\r\nAccept: %s\r\n",
		   call->method, call->path, six ? "[" : "", r->context.host, six ? "]" : "", r->context.port, accept);
	if (r->context.token[0])
		buf_printf(&b, "Authorization: Bearer %s\r\n", r->context.token);
	if (call->idempotency_key)
		buf_printf(&b, "Idempotency-Key: %s\r\n", call->idempotency_key);
	if (last_id && last_id[0])
		buf_printf(&b, "Last-Event-ID: %s\r\n", last_id);
	if (body)
		buf_printf(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
	buf_text(&b, "\r\n");
	bool good = !b.overflow;

	if (body && b.len + strlen(body) < b.cap) {
		buf_text(&b, body);
		good = good && https_write(r->https, b.data, b.len);
	} else {
		good = good && https_write(r->https, b.data, b.len) &&
		       (!body || https_write(r->https, body, strlen(body)));
	}
	if (body)
		key_wipe(body, strlen(body));
	free(body);
	key_wipe(memory, sizeof(memory));
	return good;
}

static int broken(const struct rest *r)
{
	if (r->failure == -2)
		fprintf(stderr, "caltrop: %s does not answer in time\n", r->context.host);
	else
		fprintf(stderr, "caltrop: the connection to %s broke\n", r->context.host);
	return COMMAND_UNREACHABLE;
}

static int status_of(unsigned status)
{
	switch (status) {
	case 400:
	case 415: return COMMAND_USAGE;
	case 401:
	case 403:
	case 422:
	case 429: return COMMAND_DENIED;
	case 404: return COMMAND_NOT_FOUND;
	case 409: return COMMAND_CONFLICT;
	case 503: return COMMAND_UNREACHABLE;
	default: return status < 300 ? OPTS_GO_ON : COMMAND_FAILED;
	}
}

bool rest_is(json_t *answer, const char *code)
{
	const char *said = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));

	return said && strcmp(said, code) == 0;
}

static void say_error(const struct rest *r, json_t *answer)
{
	const char *message = json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
	char shown[600];

	str_show(str_from(message ? message : ""), shown, sizeof(shown));
	if (rest_is(answer, "session_expired"))
		fprintf(stderr, "caltrop: the session has expired; log in again with `caltrop login`\n");
	else if (rest_is(answer, "password_change_required"))
		fprintf(stderr, "caltrop: the one-time password must be changed first, with `caltrop password`\n");
	else if (rest_is(answer, "second_factor_setup_required"))
		fprintf(stderr,
			"caltrop: your role needs a second factor first; set one up with `caltrop factor enrol`\n");
	else if (message)
		fprintf(stderr, "caltrop: %s\n", shown);
	else
		fprintf(stderr, "caltrop: %s answers with status %u\n", r->context.host, r->status);
}

static int read_answer(struct rest *r, json_t **answer)
{
	size_t cap = r->left + 1, len = 0;
	char *text = r->chunked ? NULL : malloc(cap);
	int c;

	if (!text)
		return broken(r);
	while (len + 1 < cap && (c = body_byte(r)) >= 0)
		text[len++] = (char)c;
	if (len + 1 < cap) {
		free(text);
		return broken(r);
	}
	*answer = len ? decode_json(text, len) : NULL;
	key_wipe(text, cap);
	free(text);
	if (len && !*answer) {
		fprintf(stderr,
			"caltrop: %s does not answer in JSON; the login must name the port of the API, 8444 by "
			"default\n",
			r->context.host);
		return COMMAND_FAILED;
	}
	return OPTS_GO_ON;
}

int rest_call(struct rest *r, const struct rest_call *call, json_t **answer)
{
	int status;

	*answer = NULL;
	r->deadline_ms = clock_mono_ms() + (call->timeout_ms ? call->timeout_ms : REST_TIMEOUT_MS);
	if (!request(r, call, "application/json", NULL) || !head(r))
		return broken(r);
	status = read_answer(r, answer);
	if (status != OPTS_GO_ON)
		return status;
	status = status_of(r->status);
	if (status != OPTS_GO_ON && !call->quiet && !(call->but && rest_is(*answer, call->but)))
		say_error(r, *answer);
	return status;
}

/* -- streams -- */

struct event {
	char name[32], id[64];
	char *data;
	size_t len, cap;
};

static bool data_add(struct event *e, char c)
{
	if (e->len + 2 > e->cap) {
		size_t cap = e->cap ? e->cap * 2 : 4096;
		char *grown = cap > LINE_MAX_BYTES ? NULL : realloc(e->data, cap);

		if (!grown)
			return false;
		e->data = grown;
		e->cap = cap;
	}
	e->data[e->len++] = c;
	e->data[e->len] = 0;
	return true;
}

/* One line of a stream into e. false: the stream ended, or the line is out of bounds. */
static bool stream_line(struct rest *r, struct event *e, bool *blank)
{
	char field[16];
	size_t len = 0;
	int c;

	*blank = false;
	while ((c = body_byte(r)) >= 0 && c != ':' && c != '\n')
		if (len + 1 < sizeof(field))
			field[len++] = (char)c;
	field[len] = 0;
	*blank = c == '\n' && len == 0;
	if (c != ':')
		return c >= 0;
	bool is_data = strcmp(field, "data") == 0, is_first = true;
	char *other = strcmp(field, "event") == 0 ? e->name : strcmp(field, "id") == 0 ? e->id : NULL;
	size_t cap = other == e->name ? sizeof(e->name) : sizeof(e->id), used = 0;

	while ((c = body_byte(r)) >= 0 && c != '\n') {
		if (is_data && !(is_first && c == ' ') && !data_add(e, (char)c))
			return false;
		if (other && !(is_first && c == ' ') && used + 1 < cap)
			other[used++] = (char)c;
		is_first = false;
	}
	if (other)
		other[used] = 0;
	return c >= 0;
}

static int follow(struct rest *r, struct rest_follow *f)
{
	struct event e = {.len = 0};
	bool blank, on = true, stops = false;

	while (on && !stops && stream_line(r, &e, &blank)) {
		if (!blank)
			continue;
		stops = strcmp(e.name, "stopping") == 0;
		if (e.len && !stops)
			on = f->each(f->context, e.name, e.id, e.data);
		e.len = 0;
		e.name[0] = 0;
	}
	free(e.data);
	f->cut = stops || (on && r->failure != 1);
	if (on && r->failure == -2)
		return COMMAND_UNREACHABLE;
	return OPTS_GO_ON;
}

int rest_follow(struct rest *r, struct rest_follow *f)
{
	struct rest_call call = {.method = "GET", .path = f->path};
	json_t *answer = NULL;
	int status;

	f->cut = false;
	r->deadline_ms = clock_mono_ms() + REST_TIMEOUT_MS;
	if (!request(r, &call, "text/event-stream", f->last_id) || !head(r)) {
		f->cut = true;
		return broken(r);
	}
	if (r->status != 200) {
		status = read_answer(r, &answer);
		if (status == OPTS_GO_ON) {
			say_error(r, answer);
			status = status_of(r->status);
		}
		json_decref(answer);
		return status;
	}
	r->deadline_ms = f->timeout_ms ? clock_mono_ms() + f->timeout_ms : 0;
	return follow(r, f);
}

bool rest_encode(char *out, size_t cap, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	size_t len = strlen(out);

	if (!*text)
		return false;
	for (; *text; text++) {
		bool is_plain = strchr(plain, *text) != NULL;

		if (len + (is_plain ? 1 : 3) >= cap)
			return false;
		len += (size_t)snprintf(out + len, cap - len, is_plain ? "%c" : "%%%02X", (unsigned char)*text);
	}
	return true;
}
