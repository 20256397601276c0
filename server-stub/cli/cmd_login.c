/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop login`, `logout`, `password`: sessions and the password. */
#include "server-stub/cli/fleet.h"

#include "agent/base/key.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/ask.h"
#include "server-stub/cli/desk_login.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE "Code of the second factor"

static struct {
	const char *server, *ca, *fingerprint, *user, *password_file, *new_file, *code_file, *token_file;
	bool browser;
} login;

static const struct opts_option login_options[] = {
	{OPTS_TEXT, "server", "URL", &login.server, "the API, https://HOST:PORT (default: that of the last login)"},
	{OPTS_TEXT, "ca", "FILE", &login.ca, "trust this authority: the fleet's ca.pem"},
	{OPTS_TEXT, "fingerprint", "SHA256", &login.fingerprint, "trust the certificate with this fingerprint, in hex"},
	{OPTS_TEXT, "user", "NAME", &login.user, "the operator's name (default: that of the last login)"},
	{OPTS_TEXT, "password-file", "FILE", &login.password_file,
	 "read the password from a file, - is standard input"},
	{OPTS_TEXT, "new-password-file", "FILE", &login.new_file,
	 "read the password that replaces a one-time password"},
	{OPTS_TEXT, "token-file", "FILE", &login.token_file,
	 "use an API token (session create) in place of a password"},
	{OPTS_FLAG, "browser", NULL, &login.browser,
	 "sign in with a browser, by single sign-on say, and confirm this machine there"},
	{OPTS_TEXT, "code-file", "FILE", &login.code_file,
	 "read the code of the second factor, a recovery code, or the number of --browser"},
	{.kind = OPTS_END},
};

static const struct opts_command login_command = {
	.usage = "login --server URL [--ca FILE | --fingerprint SHA256] [--user NAME | --browser]",
	.about = "Remember a server, how to recognise it and who you are there, and log in for 12 hours. The command "
		 "asks\n"
		 "for the password, or reads it from a file. A one-time password is changed at once. Who has a second\n"
		 "factor is asked for its code too. Without --ca and --fingerprint the authorities of this machine "
		 "decide whether the server is the right one. With --browser it prints an address, and opens it on a "
		 "desktop:\n"
		 "whoever signs in there, in whatever way, and confirms this machine is shown a number, and is logged "
		 "in here\n"
		 "when they type it.",
	.examples = "  caltrop login --server https://localhost:8444 --ca /var/lib/caltrop-server/ca.pem --user admin\n"
		    "  caltrop login --user admin --password-file secret.txt\n"
		    "  caltrop login --server https://fleet.example:8444 --browser",
	.options = login_options,
};

/* "AB:CD:..." or "abcd..." of 32 bytes */
static bool parse_fingerprint(const char *text, char out[65])
{
	size_t len = 0;

	for (; *text; text++) {
		char c = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;

		if (c == ':' || c == ' ')
			continue;
		if (len == 64 || !strchr("0123456789abcdef", c))
			return false;
		out[len++] = c;
	}
	out[len] = 0;
	return len == 64;
}

/* The context with what the options say. */
static int prepare(struct context *c)
{
	int status = context_load(c, false);

	if (status != OPTS_GO_ON)
		return status;
	struct context before = *c;

	if (login.server && !context_parse_server(c, login.server))
		return opts_wrong(&login_command, "'%s' is not https://HOST:PORT", login.server);
	if (login.server)
		c->ca[0] = c->fingerprint[0] = 0;
	if (c->port != before.port || strcmp(c->host, before.host) != 0)
		c->audit_head[0] = 0;
	if (!c->host[0])
		return opts_wrong(&login_command, "--server is missing");
	if (login.ca && !context_read_file(login.ca, c->ca, sizeof(c->ca)))
		return COMMAND_FAILED;
	if (login.ca && !strstr(c->ca, "-----BEGIN CERTIFICATE-----")) {
		fprintf(stderr, "caltrop: %s holds no certificate in PEM\n", login.ca);
		return COMMAND_FAILED;
	}
	if (login.fingerprint && !parse_fingerprint(login.fingerprint, c->fingerprint))
		return opts_wrong(&login_command, "--fingerprint wants 64 hex digits");
	if (login.fingerprint && !login.ca)
		c->ca[0] = 0;
	if (login.user && str_copy(str_from(login.user), c->user, sizeof(c->user)))
		return opts_wrong(&login_command, "the user name is too long");
	if (login.browser && (login.token_file || login.password_file || login.user))
		return opts_wrong(&login_command, "--browser goes without --user, --password-file and --token-file");
	if (!c->user[0] && !login.token_file && !login.browser)
		return opts_wrong(&login_command, "--user is missing; or --browser");
	c->token[0] = 0;
	if (login.token_file && !context_read_file(login.token_file, c->token, sizeof(c->token)))
		return COMMAND_FAILED;
	return OPTS_GO_ON;
}

static int post(struct rest *r, const char *path, json_t *body)
{
	json_t *answer = NULL;
	int status = rest_call(r, &(struct rest_call){.method = "POST", .path = path, .body = body}, &answer);

	json_decref(answer);
	return status;
}

/* With the token in the context. */
static int change(const struct context *c, const char *old, const char *wanted)
{
	int status;
	struct rest *r = rest_open_context(c, NULL, &status);
	json_t *body = json_pack("{s:s, s:s}", "old", old, "new", wanted);

	if (r)
		status = body ? post(r, "/api/v1/password", body) : COMMAND_FAILED;
	if (r && !body)
		fprintf(stderr, "caltrop: the password is not UTF-8 text\n");
	json_decref(body);
	rest_close(r);
	return status;
}

static int change_first(struct context *c, const char *old)
{
	char wanted[ASK_MAX];
	int status = COMMAND_DENIED;

	fprintf(stderr, "This password works only once. Choose a new one of at least 12 bytes.\n");
	if (ask_new_secret(login.new_file, "New password", wanted))
		status = change(c, old, wanted);
	key_wipe(wanted, sizeof(wanted));
	return status;
}

/* What the server said of a log-in. */
struct welcome {
	bool needs_code, must_change, must_enrol;
};

/* The context has an API token; the server says whose it is. */
static int introduce(struct context *c)
{
	int status;
	struct context learnt = *c;
	struct rest *r = rest_open_context(c, &learnt, &status);
	json_t *answer = NULL;

	memcpy(c->ca, learnt.ca, sizeof(c->ca));
	if (r)
		status = rest_call(r, &(struct rest_call){.method = "GET", .path = "/api/v1/me"}, &answer);
	const char *user = json_string_value(json_object_get(answer, "user"));

	if (status == OPTS_GO_ON && (!user || str_copy(str_from(user), c->user, sizeof(c->user)))) {
		fprintf(stderr, "caltrop: %s does not say whose the token is\n", c->host);
		status = COMMAND_FAILED;
	}
	json_decref(answer);
	rest_close(r);
	return status;
}

/* `code` "": none is sent. */
static int session(struct context *c, const char *password, const char *code, struct welcome *w)
{
	int status;
	json_t *answer = NULL, *body = json_pack("{s:s, s:s}", "user", c->user, "password", password);
	struct rest_call call = {
		.method = "POST", .path = "/api/v1/login", .body = body, .but = "second_factor_required"};
	struct context learnt = *c;
	struct rest *r = rest_open_context(c, &learnt, &status);

	memcpy(c->ca, learnt.ca, sizeof(c->ca));
	if (code[0])
		json_object_set_new(body, "code", json_string(code));
	if (r && !body)
		status = opts_wrong(&login_command, "the user name or the password is not UTF-8 text");
	else if (r)
		status = rest_call(r, &call, &answer);
	const char *token = json_string_value(json_object_get(answer, "token"));

	if (status == OPTS_GO_ON && (!token || str_copy(str_from(token), c->token, sizeof(c->token)))) {
		fprintf(stderr,
			"caltrop: %s gives no session; --server must name the port of the API, 8444 by default\n",
			c->host);
		status = COMMAND_FAILED;
	}
	w->needs_code = rest_is(answer, call.but);
	w->must_change = json_is_true(json_object_get(answer, "must_change"));
	w->must_enrol = json_is_true(json_object_get(answer, "must_enrol"));
	json_decref(answer);
	json_decref(body);
	rest_close(r);
	return status;
}

/* With a code, if the server wants one. Only then it is asked for: its time is short. */
static int session_by(struct context *c, const char *password, struct welcome *w)
{
	char code[ASK_MAX] = "";
	int status = OPTS_GO_ON;

	if (login.code_file && !ask_code(login.code_file, CODE, code))
		status = COMMAND_DENIED;
	if (status == OPTS_GO_ON)
		status = session(c, password, code, w);
	if (status != OPTS_GO_ON && w->needs_code)
		status = ask_code(NULL, CODE, code) ? session(c, password, code, w) : COMMAND_DENIED;
	key_wipe(code, sizeof(code));
	return status;
}

static int by_password(struct context *c, struct welcome *w)
{
	char password[ASK_MAX] = "";
	int status = ask_secret(login.password_file, "Password", password) ? OPTS_GO_ON : COMMAND_DENIED;

	if (status == OPTS_GO_ON)
		status = session_by(c, password, w);
	if (status == OPTS_GO_ON && w->must_change)
		status = change_first(c, password);
	key_wipe(password, sizeof(password));
	return status;
}

static void greet(const struct context *c, const struct welcome *w)
{
	if (w->must_enrol)
		fprintf(stderr, "Your role needs a second factor before anything else: caltrop factor enrol\n");
	if (opts_common.json)
		printf("{\"server\":\"%s\",\"port\":%u,\"user\":\"%s\"}\n", c->host, c->port, c->user);
	else
		printf("Logged in to %s port %u as %s%s.\n", c->host, c->port, c->user,
		       login.token_file ? ", by an API token"
		       : login.browser	? ", for as long as in the browser"
					: ", for 12 hours");
}

int cmd_login(int argc, char **argv)
{
	struct opts_list args;
	struct context c;
	struct welcome w = {.needs_code = false};
	int status = opts_read(&login_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = prepare(&c);
	if (status != OPTS_GO_ON)
		return status;
	if (login.browser)
		status = desk_login(&c, login.code_file);
	else if (login.token_file)
		status = introduce(&c);
	else
		status = by_password(&c, &w);
	if (status == OPTS_GO_ON)
		status = context_save(&c);
	if (status == OPTS_GO_ON) {
		greet(&c, &w);
		status = COMMAND_OK;
	}
	key_wipe(&c, sizeof(c));
	return status;
}

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command logout_command = {
	.usage = "logout",
	.about = "End the session on the server, and remove it from this machine.",
	.examples = "  caltrop logout",
	.options = no_options,
};

int cmd_logout(int argc, char **argv)
{
	struct opts_list args;
	struct context c;
	int status = opts_read(&logout_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = context_load(&c, true);
	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = c.token[0] ? rest_open_context(&c, NULL, &status) : NULL;

	if (r)
		status = post(r, "/api/v1/logout", NULL);
	rest_close(r);
	c.token[0] = 0;
	int saved = context_save(&c);

	if (saved != OPTS_GO_ON)
		return saved;
	if (status != OPTS_GO_ON && status != COMMAND_DENIED)
		return status;
	if (!opts_common.json)
		printf("Logged out of %s.\n", c.host);
	return COMMAND_OK;
}

static struct {
	const char *old_file, *new_file;
} passwords;

static const struct opts_option password_options[] = {
	{OPTS_TEXT, "password-file", "FILE", &passwords.old_file,
	 "read the present password from a file, - is standard input"},
	{OPTS_TEXT, "new-password-file", "FILE", &passwords.new_file, "read the new password from a file"},
	{.kind = OPTS_END},
};

static const struct opts_command password_command = {
	.usage = "password",
	.about = "Change your own password, and end all your other sessions and your API tokens.",
	.examples = "  caltrop password",
	.options = password_options,
};

int cmd_password(int argc, char **argv)
{
	struct opts_list args;
	struct context c;
	char old[ASK_MAX] = "", wanted[ASK_MAX] = "";
	int status = opts_read(&password_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = context_load(&c, true);
	if (status != OPTS_GO_ON)
		return status;
	if (!ask_secret(passwords.old_file, "Present password", old) ||
	    !ask_new_secret(passwords.new_file, "New password", wanted))
		status = COMMAND_DENIED;
	else
		status = change(&c, old, wanted);
	key_wipe(old, sizeof(old));
	key_wipe(wanted, sizeof(wanted));
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
