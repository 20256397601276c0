/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop output`: to whom the service tells of incidents. Secrets come from files, not from options. */
#include "server-stub/cli/fleet.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "server-stub/cli/ask.h"
#include "server-stub/cli/item.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PATH "/api/v1/outputs"
#define WORDS_MAX 512
#define TEST_WITHIN_MS 60000
#define TEST_LOOK_MS 200

static const struct opts_option no_options[] = {{.kind = OPTS_END}};

/* -- add -- */

static struct {
	const char *kind, *url, *url_file, *secret_file, *user, *from, *severity, *quiet, *quiet_severity;
	struct opts_list to, changes, groups, rules;
	int64_t gather_s, after_s;
} output = {.gather_s = 30};

static const struct opts_option add_options[] = {
	{OPTS_TEXT, "kind", "KIND", &output.kind, "mail, webhook, slack (also Mattermost), teams or matrix"},
	{OPTS_TEXT, "url", "URL", &output.url, "smtps://HOST, smtp://HOST (with STARTTLS) or https://HOST/PATH"},
	{OPTS_TEXT, "url-file", "FILE", &output.url_file,
	 "read the URL there, since a chat's is a secret (- for input)"},
	{OPTS_TEXT, "secret-file", "FILE", &output.secret_file,
	 "the mail user's password, the webhook's key or Matrix's access token (- for input)"},
	{OPTS_TEXT, "user", "NAME", &output.user, "log in to the mail server as this user"},
	{OPTS_TEXT, "from", "ADDRESS", &output.from, "the sender of mail"},
	{OPTS_MANY, "to", "ADDRESS", &output.to, "a receiver of mail; may be given again"},
	{OPTS_TEXT, "severity", "LEVEL", &output.severity, "the lowest that is told (default: medium)"},
	{OPTS_MANY, "change", "CHANGE", &output.changes,
	 "opened, worse or closed; may be given again (default: opened and worse)"},
	{OPTS_MANY, "group", "NAME", &output.groups, "only of devices of this group, cam* for all that begin so"},
	{OPTS_MANY, "rule", "ID", &output.rules, "only of this rule, ssh* for all that begin so"},
	{OPTS_SPAN, "gather", "SPAN", &output.gather_s,
	 "wait this long for more to put into one message (default: 30s)"},
	{OPTS_SPAN, "after", "SPAN", &output.after_s,
	 "only what nobody has taken on for that long: no verdict, nobody assigned, not closed"},
	{OPTS_TEXT, "quiet", "HH:MM-HH:MM", &output.quiet, "hours of a day (UTC) in which messages wait"},
	{OPTS_TEXT, "quiet-severity", "LEVEL", &output.quiet_severity, "what does not wait then (default: critical)"},
	{.kind = OPTS_END},
};

static const struct opts_command add_command = {
	.usage = "output add NAME --kind KIND (--url URL | --url-file FILE) [options]",
	.about = "Have the service tell somebody of incidents. What it sends to a webhook is signed: the header\n"
		 "Caltrop-Signature has the time and the HMAC-SHA-256 of time, full stop and body, by a key that is\n"
		 "printed now and never again, unless you bring your own.",
	.examples = "  caltrop output add ops --kind mail --url smtps://mail.example --from caltrop@example.org \\\n"
		    "          --to ops@example.org --severity high\n"
		    "  caltrop output add chat --kind slack --url-file hook.txt --quiet 22:00-06:00\n"
		    "  caltrop output add pager --kind webhook --url https://pager.example/in --after 15m",
	.options = add_options,
	.args_min = 1,
	.args_max = 1,
};

static const char *joined(const struct opts_list *list, char out[WORDS_MAX])
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < list->count && len < WORDS_MAX; i++)
		len += (size_t)snprintf(out + len, WORDS_MAX - len, "%s%s", i ? " " : "", list->items[i]);
	return out[0] ? out : NULL;
}

static void print_added(json_t *answer)
{
	char text[GRID_CELL_MAX];

	/* Standard output has what cannot be shown again, and nothing else. */
	if (grid_text(answer, "secret", text)[0])
		printf("%s\n", text);
}

static int check_added(void)
{
	if (!output.kind || (!output.url && !output.url_file))
		return opts_wrong(&add_command, "--kind and --url or --url-file are needed");
	if (output.url && output.url_file)
		return opts_wrong(&add_command, "--url and --url-file exclude each other");
	return OPTS_GO_ON;
}

int cmd_output_add(int argc, char **argv)
{
	char to[WORDS_MAX], changes[WORDS_MAX], groups[WORDS_MAX], rules[WORDS_MAX], url[WORDS_MAX], secret[ASK_MAX];
	struct opts_list args;
	int status = opts_read(&add_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = check_added();
	if (status != OPTS_GO_ON)
		return status;
	if ((output.url_file && !context_read_file(output.url_file, url, sizeof(url))) ||
	    (output.secret_file && !ask_secret(output.secret_file, "Secret: ", secret)))
		return COMMAND_FAILED;
	return item_run(
		&(struct rest_call){
			.method = "POST",
			.path = PATH,
			.body = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, "
					  "s:I, s:I}",
					  "name", args.items[0], "kind", output.kind, "url",
					  output.url_file ? url : output.url, "secret",
					  output.secret_file ? secret : NULL, "user", output.user, "from", output.from,
					  "to", joined(&output.to, to), "severity", output.severity, "changes",
					  joined(&output.changes, changes), "groups", joined(&output.groups, groups),
					  "rules", joined(&output.rules, rules), "quiet", output.quiet,
					  "quiet_severity", output.quiet_severity, "gather_s",
					  (json_int_t)output.gather_s, "after_s", (json_int_t)output.after_s),
		},
		print_added);
}

/* -- list and show -- */

static const struct opts_command list_command = {
	.usage = "output list",
	.about = "List to whom the service tells of incidents, and how that goes. Secrets are never shown.",
	.examples = "  caltrop output list",
	.options = no_options,
};

static void row(struct grid *g, json_t *item)
{
	grid_put(g, item, "name");
	grid_put(g, item, "kind");
	grid_put(g, item, "place");
	grid_put(g, item, "severity");
	grid_put(g, item, "messages");
	grid_put_ago(g, item, "last_good");
	grid_put(g, item, "error");
}

int cmd_output_list(int argc, char **argv)
{
	static const char *const heads[] = {"NAME", "KIND", "TO", "FROM LEVEL", "MESSAGES", "LAST", "ERROR", NULL};
	struct opts_list args;
	int status = opts_read(&list_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	return list_run(&(struct list){.path = PATH,
				       .heads = heads,
				       .row = row,
				       .none = "Nobody is told of incidents; see: caltrop output add --help"});
}

/* The path of an output; an exit status after a message. */
static int path_of(const struct opts_command *c, const char *name, struct list_url *u)
{
	snprintf(u->text, sizeof(u->text), PATH "/");
	if (rest_encode(u->text, sizeof(u->text) - 8, name))
		return OPTS_GO_ON;
	return opts_wrong(c, "'%.60s' is not the name of an output", name);
}

static const struct opts_command show_command = {
	.usage = "output show NAME",
	.about = "Show an output: what it is told, and how that goes.",
	.examples = "  caltrop output show ops",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static void print_words(const char *label, json_t *o, const char *key)
{
	json_t *words = json_object_get(o, key);
	char text[GRID_CELL_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < json_array_size(words) && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					json_string_value(json_array_get(words, i)));
	grid_clean(text);
	grid_line(label, text);
}

static void print_output(json_t *o)
{
	static const struct {
		const char *label, *key;
	} lines[] = {
		{"name", "name"},
		{"kind", "kind"},
		{"to", "place"},
		{"user", "user"},
		{"sender", "from"},
		{"from level", "severity"},
		{"gathers (s)", "gather_s"},
		{"after (s)", "after_s"},
		{"quiet (UTC)", "quiet"},
		{"but for", "quiet_severity"},
		{"messages", "messages"},
		{"found no room", "lost"},
		{"failures", "failures"},
		{"error", "error"},
		{"test", "test"},
		{"test's error", "test_error"},
		{"added by", "created_by"},
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		grid_line_key(lines[i].label, o, lines[i].key);
	print_words("receivers", o, "to");
	print_words("changes", o, "changes");
	print_words("groups", o, "groups");
	print_words("rules", o, "rules");
	grid_line_time("last message", o, "last_good");
	grid_line_time("next try", o, "next_try");
}

int cmd_output_show(int argc, char **argv)
{
	struct opts_list args;
	struct list_url url = {.text = ""};
	int status = opts_read(&show_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&show_command, args.items[0], &url);
	return status == OPTS_GO_ON ? item_run(&(struct rest_call){.method = "GET", .path = url.text}, print_output)
				    : status;
}

/* -- delete -- */

static const struct opts_command delete_command = {
	.usage = "output delete NAME",
	.about = "Tell it nothing any more. What waited for it is forgotten.",
	.examples = "  caltrop output delete ops",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

int cmd_output_delete(int argc, char **argv)
{
	struct opts_list args;
	struct list_url url = {.text = ""};
	int status = opts_read(&delete_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&delete_command, args.items[0], &url);
	return status == OPTS_GO_ON ? item_run(&(struct rest_call){.method = "DELETE", .path = url.text}, NULL)
				    : status;
}

/* -- test -- */

static const struct opts_command test_command = {
	.usage = "output test NAME",
	.about = "Send a test message now and wait for what comes of it.",
	.examples = "  caltrop output test ops",
	.options = no_options,
	.args_min = 1,
	.args_max = 1,
};

static bool is_running(json_t *answer)
{
	const char *test = json_string_value(json_object_get(answer, "test"));

	return test && strcmp(test, "running") == 0;
}

static int say_tested(const char *name, json_t *answer)
{
	char text[GRID_CELL_MAX];

	if (opts_common.json)
		grid_json(answer);
	if (is_running(answer))
		return opts_failed(COMMAND_FAILED, "the service has not tried %s within a minute", name);
	if (strcmp(grid_text(answer, "test", text), "passed") != 0)
		return opts_failed(COMMAND_FAILED, "%s: %s", name, grid_text(answer, "test_error", text));
	if (!opts_common.json)
		printf("%s took the test message.\n", name);
	return COMMAND_OK;
}

/* The service answers at once and sends meanwhile, so this asks until the answer is there. */
static int try_output(struct rest *r, const char *path, json_t **answer)
{
	const struct timespec wait = {.tv_nsec = TEST_LOOK_MS * 1000000L};
	const int64_t until_ms = clock_mono_ms() + TEST_WITHIN_MS;
	char test[LIST_URL_MAX + 8];
	int status;

	snprintf(test, sizeof(test), "%s/test", path);
	status = rest_call(r, &(struct rest_call){.method = "POST", .path = test}, answer);
	while (status == OPTS_GO_ON && is_running(*answer) && clock_mono_ms() < until_ms) {
		json_decref(*answer);
		nanosleep(&wait, NULL);
		status = rest_call(r, &(struct rest_call){.method = "GET", .path = path}, answer);
	}
	return status;
}

int cmd_output_test(int argc, char **argv)
{
	struct opts_list args;
	struct list_url url = {.text = ""};
	json_t *answer = NULL;
	struct rest *r;
	int status = opts_read(&test_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = path_of(&test_command, args.items[0], &url);
	if (status != OPTS_GO_ON)
		return status;
	r = rest_open(&status);
	if (!r)
		return status;
	status = try_output(r, url.text, &answer);
	if (status == OPTS_GO_ON)
		status = say_tested(args.items[0], answer);
	json_decref(answer);
	rest_close(r);
	return status;
}
