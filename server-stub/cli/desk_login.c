/* SPDX-License-Identifier: Apache-2.0 */
/* Two calls with a person between them. The secret that makes this the desk that began never leaves this process before
 * the last of them. */
#include "server-stub/cli/desk_login.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/ask.h"
#include "server-stub/cli/browser.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_BYTES 32
#define SECRET_HEX (2 * SECRET_BYTES + 1)
#define MACHINE_MAX 65
#define CODE_MAX 16
#define URL_MAX (CONTEXT_URL_MAX + 64)
#define TRIES 3 /* at the terminal */

struct desk_wait {
	char secret[SECRET_HEX], proof[SECRET_HEX];
	char code[CODE_MAX], url[URL_MAX];
};

static void hex(const uint8_t bytes[SECRET_BYTES], char out[SECRET_HEX])
{
	struct buf b = buf_over(out, SECRET_HEX - 1);

	buf_hex(&b, bytes, SECRET_BYTES);
	out[b.len] = '\0';
}

static bool make_secret(struct desk_wait *w)
{
	uint8_t bytes[SECRET_BYTES];
	bool good = key_random_kernel.fill(key_random_kernel.context, bytes, sizeof(bytes)) == 0;

	hex(bytes, w->secret);
	key_sha256(w->secret, strlen(w->secret), bytes);
	hex(bytes, w->proof);
	key_wipe(bytes, sizeof(bytes));
	if (!good)
		fprintf(stderr, "caltrop: the kernel gives no random bytes\n");
	return good;
}

/* "ada@laptop", by which a person tells this machine from another one. */
static void name_machine(char out[MACHINE_MAX])
{
	const char *who = getenv("LOGNAME");
	char host[MACHINE_MAX] = "";

	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	snprintf(out, MACHINE_MAX, "%.31s@%.32s", who ? who : "somebody", host[0] ? host : "a machine");
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static bool is_code(const char *code)
{
	return code && code[0] && strlen(code) < CODE_MAX &&
	       strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(code);
}

/* The code and the address from the answer. False: they are no such things. */
static bool read_answer(struct desk_wait *w, const struct context *c, json_t *answer)
{
	const char *code = json_string_value(json_object_get(answer, "code"));
	const char *url = json_string_value(json_object_get(answer, "url"));
	bool bare = strchr(c->host, ':') != NULL;
	int len;

	if (!is_code(code))
		return false;
	snprintf(w->code, sizeof(w->code), "%s", code);
	if (url)
		len = snprintf(w->url, sizeof(w->url), "%s/#/desk/%s", url, code);
	else
		len = snprintf(w->url, sizeof(w->url), "https://%s%s%s:%u/#/desk/%s", bare ? "[" : "", c->host,
			       bare ? "]" : "", c->port, code);
	return len > 0 && (size_t)len < sizeof(w->url) && browser_is_address(w->url);
}

/* One call over a connection of its own: between the two of them a person takes minutes. */
static int post(struct context *c, const struct rest_call *call, json_t **answer)
{
	int status;
	struct context learnt = *c;
	struct rest *r = rest_open_context(c, &learnt, &status);

	memcpy(c->ca, learnt.ca, sizeof(c->ca));
	if (r)
		status = rest_call(r, call, answer);
	rest_close(r);
	return status;
}

static int begin(struct context *c, struct desk_wait *w)
{
	char machine[MACHINE_MAX];
	json_t *answer = NULL, *body;
	struct rest_call call = {.method = "POST", .path = "/api/v1/session/desk", .but = "no_such_path"};
	int status;

	name_machine(machine);
	call.body = body = json_pack("{s:s, s:s}", "machine", machine, "proof", w->proof);
	status = post(c, &call, &answer);
	if (rest_is(answer, "no_such_path"))
		fprintf(stderr, "caltrop: %s has no console, or is older than this command\n", c->host);
	if (status == OPTS_GO_ON && !read_answer(w, c, answer)) {
		fprintf(stderr, "caltrop: %s gives no code; --server must name the port of the API, 8444 by default\n",
			c->host);
		status = COMMAND_FAILED;
	}
	if (status == OPTS_GO_ON)
		fprintf(stderr,
			"Open   %s\n"
			"and sign in there. Within five minutes it has to show the code\n"
			"       %s\n"
			"and this machine, %s. Confirm that, and type here the number that it shows then.\n",
			w->url, w->code, machine);
	json_decref(answer);
	json_decref(body);
	return status;
}

/* The session from the answer into the context. */
static int take_session(struct context *c, json_t *answer)
{
	const char *token = json_string_value(json_object_get(answer, "token"));
	const char *user = json_string_value(json_object_get(answer, "user"));

	if (token && user && str_copy(str_from(token), c->token, sizeof(c->token)) == ERR_OK &&
	    str_copy(str_from(user), c->user, sizeof(c->user)) == ERR_OK)
		return OPTS_GO_ON;
	fprintf(stderr, "caltrop: %s gives no session\n", c->host);
	return COMMAND_FAILED;
}

/* *again: the number was wrong, and another one may be right. */
static int finish(struct context *c, const struct desk_wait *w, const char *number, bool *again)
{
	json_t *answer = NULL;
	json_t *body = json_pack("{s:s, s:s, s:s}", "code", w->code, "secret", w->secret, "number", number);
	const struct rest_call call = {.method = "POST", .path = "/api/v1/session/desk/finish", .body = body};
	int status = COMMAND_FAILED;

	if (body)
		status = post(c, &call, &answer);
	else
		fprintf(stderr, "caltrop: the number is not UTF-8 text\n");
	*again = rest_is(answer, "wrong_code") || rest_is(answer, "not_approved");
	if (status == OPTS_GO_ON)
		status = take_session(c, answer);
	json_decref(answer);
	json_decref(body);
	return status;
}

/* At the terminal a wrong number may be typed again. */
static int by_number(struct context *c, const struct desk_wait *w, const char *number_file)
{
	char number[ASK_MAX];
	int status = COMMAND_DENIED;
	bool again = true;

	for (unsigned i = 0; i < TRIES && again; i++) {
		again = false;
		if (ask_code(number_file, "Number", number))
			status = finish(c, w, number, &again);
		again = again && !number_file;
	}
	key_wipe(number, sizeof(number));
	return status;
}

int desk_login(struct context *c, const char *number_file)
{
	struct desk_wait w = {.code = ""};
	int status = make_secret(&w) ? begin(c, &w) : COMMAND_FAILED;

	if (status == OPTS_GO_ON) {
		if (browser_open(w.url))
			fprintf(stderr, "A browser was asked to open it.\n");
		status = by_number(c, &w, number_file);
	}
	key_wipe(&w, sizeof(w));
	return status;
}
