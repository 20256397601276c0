/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop factor`: one's own second factor. What is shown once goes to standard output, what to do with it to standard
 * error.
 */
#include "server-stub/cli/fleet.h"

#include "agent/base/key.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/ask.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/qr.h"
#include "server-stub/cli/rest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *code_file;

/* -- confirm -- */

static void print_recovery(json_t *answer)
{
	json_t *one;
	size_t i;
	char shown[64];

	fprintf(stderr,
		"The second factor is in force. Keep these recovery codes elsewhere; each lets you in once without\n"
		"the app, and they cannot be shown again:\n");
	json_array_foreach(json_object_get(answer, "recovery_codes"), i, one)
	{
		const char *text = json_string_value(one);

		str_show(str_from(text ? text : ""), shown, sizeof(shown));
		printf("%s\n", shown);
	}
}

static int confirm(const char *path)
{
	char code[ASK_MAX];
	json_t *body;

	if (!ask_code(path, "Code that the app shows now", code))
		return COMMAND_DENIED;
	body = json_pack("{s:s}", "code", code);
	key_wipe(code, sizeof(code));
	return item_run(&(struct rest_call){.method = "POST", .path = "/api/v1/factor/confirm", .body = body},
			print_recovery);
}

static const struct opts_option confirm_options[] = {
	{OPTS_TEXT, "code-file", "FILE", &code_file, "read the code, - is standard input"},
	{.kind = OPTS_END},
};

static const struct opts_command confirm_command = {
	.usage = "factor confirm [--code-file FILE]",
	.about = "Put the second factor in force that `factor enrol` showed, by the code that the app shows for it "
		 "now.\n"
		 "Prints ten recovery codes, which cannot be shown again, and ends your other sessions.",
	.examples = "  caltrop factor confirm > recovery.txt",
	.options = confirm_options,
};

int cmd_factor_confirm(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&confirm_command, argc, argv, &args);

	return status == OPTS_GO_ON ? confirm(code_file) : status;
}

/* -- enrol -- */

static void print_code(const char *uri)
{
	enum err err = IS_ENABLED(CONFIG_CLI_QR) ? qr_print(uri) : ERR_UNSUPPORTED;

	if (err == ERR_NOT_FOUND)
		fprintf(stderr,
			"With libqrencode 4 installed here (Debian: libqrencode4), it is shown as a QR code, too.\n");
}

static void print_secret(json_t *answer)
{
	const char *whole = json_string_value(json_object_get(answer, "uri"));
	char uri[GRID_CELL_MAX], secret[GRID_CELL_MAX];

	fprintf(stderr,
		"Give this to the app that shows your codes (the URI as a QR code, or the secret as it is); it cannot\n"
		"be shown again:\n");
	if (whole)
		print_code(whole);
	printf("%s\n%s\n", grid_text(answer, "uri", uri), grid_text(answer, "secret", secret));
	key_wipe(uri, sizeof(uri));
	key_wipe(secret, sizeof(secret));
}

/* A call that changes factors, with the code of the one in force if there is one; the answer is printed. */
struct change {
	const char *path;
	void (*print)(json_t *answer);
};

static int change_once(const struct change *c, const char *code, bool *needs_code)
{
	int status;
	struct rest *r = rest_open(&status);
	json_t *answer = NULL, *body = code[0] ? json_pack("{s:s}", "code", code) : json_object();
	struct rest_call call = {.method = "POST", .path = c->path, .body = body, .but = "second_factor_required"};

	if (r)
		status = rest_call(r, &call, &answer);
	*needs_code = rest_is(answer, call.but);
	if (status == OPTS_GO_ON && opts_common.json)
		grid_json(answer);
	else if (status == OPTS_GO_ON)
		c->print(answer);
	json_decref(answer);
	json_decref(body);
	rest_close(r);
	return status;
}

/* The same with the code of the option, or one that is asked for where the service wants it. */
static int change(const struct change *c)
{
	char code[ASK_MAX] = "";
	bool needs_code = false;
	int status;

	if (code_file && !ask_code(code_file, "Code", code))
		return COMMAND_DENIED;
	status = change_once(c, code, &needs_code);
	if (needs_code)
		status = ask_code(NULL, "Code of the factor in force", code) ? change_once(c, code, &needs_code)
									     : COMMAND_DENIED;
	key_wipe(code, sizeof(code));
	return status;
}

static const struct opts_option enrol_options[] = {
	{OPTS_TEXT, "code-file", "FILE", &code_file, "read a code of the second factor that is in force"},
	{.kind = OPTS_END},
};

static const struct opts_command enrol_command = {
	.usage = "factor enrol [--code-file FILE]",
	.about = "Set up your second factor, or another one in its place: show its secret, and, on a terminal, ask for "
		 "the\n"
		 "code that the app makes of it. It is in force when that code was right (`factor confirm`); until "
		 "then the\n"
		 "one before stays, and its code, or a recovery code, is asked for first.",
	.examples = "  caltrop factor enrol",
	.options = enrol_options,
};

int cmd_factor_enrol(int argc, char **argv)
{
	struct opts_list args;
	int status = opts_read(&enrol_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = change(&(struct change){"/api/v1/factor", print_secret});
	if (status != OPTS_GO_ON)
		return status;
	if (!opts_common.json && isatty(STDIN_FILENO))
		return confirm(NULL);
	fprintf(stderr, "Then: caltrop factor confirm --code-file FILE\n");
	return COMMAND_OK;
}

/* -- passkeys -- */

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

static const struct opts_command list_command = {
	.usage = "factor list",
	.about = "List your passkeys: keys in authenticators, with which you sign in to the console. They are made "
		 "there,\nunder People, since only a browser speaks with authenticators.",
	.examples = "  caltrop factor list",
	.options = no_options,
};

static void row(struct grid *g, json_t *item)
{
	grid_put_id(g, item, "id");
	grid_put(g, item, "name");
	grid_put_ago(g, item, "created");
	grid_put_ago(g, item, "used");
}

int cmd_factor_list(int argc, char **argv)
{
	static const char *const heads[] = {"ID", "NAME", "MADE", "USED", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(&(struct list){
		.path = "/api/v1/passkeys", .heads = heads, .row = row, .none = "You have no passkeys."});
}

static const struct opts_option delete_options[] = {
	{OPTS_TEXT, "code-file", "FILE", &code_file, "read a code of the second factor that is in force"},
	{.kind = OPTS_END},
};

static const struct opts_command delete_command = {
	.usage = "factor delete ID [--code-file FILE]",
	.about = "Remove one of your passkeys, as when its authenticator is lost, and end your other sessions. A code "
		 "of the\nsecond factor, or a recovery code, is asked for unless you logged in within the last five "
		 "minutes.",
	.examples = "  caltrop factor delete 9d818a95",
	.options = delete_options,
	.args_min = 1,
	.args_max = 1,
};

static void say_removed(json_t *none)
{
	(void)none;
	printf("Removed.\n");
}

int cmd_factor_delete(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/passkeys/"};
	int status = opts_read(&delete_command, argc, argv, &args);
	size_t len;

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text), args.items[0]))
		status = opts_wrong(&delete_command, "that is not the id of a passkey");
	if (status != OPTS_GO_ON)
		return status;
	len = strlen(u.text);
	snprintf(u.text + len, sizeof(u.text) - len, "/remove");
	status = change(&(struct change){u.text, say_removed});
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
