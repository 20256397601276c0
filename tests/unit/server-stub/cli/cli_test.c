/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet's command line without a server: options, contexts, tables. */
#include "agent/cli/command.h"
#include "server-stub/cli/context.h"
#include "server-stub/cli/decode.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	bool flag;
	const char *text;
	struct opts_list many;
	int64_t count, span;
} got;

static const struct opts_option options[] = {
	{OPTS_FLAG, "flag", NULL, &got.flag, ""}, {OPTS_TEXT, "text", "T", &got.text, ""},
	{OPTS_MANY, "many", "M", &got.many, ""},  {OPTS_COUNT, "count", "N", &got.count, ""},
	{OPTS_SPAN, "span", "S", &got.span, ""},  {.kind = OPTS_END},
};

static const struct opts_command command = {
	.usage = "test",
	.about = "",
	.examples = "",
	.options = options,
	.args_min = 1,
	.args_max = 2,
};

static struct opts_list args;

static int read_all(const char *line)
{
	static char words[256];
	char *argv[OPTS_ARGS_MAX], *at = words;
	int argc = 0;

	memset(&got, 0, sizeof(got));
	opts_common = (struct opts_common){.json = false};
	snprintf(words, sizeof(words), "test %s", line);
	for (char *word; (word = strsep(&at, " "));)
		argv[argc++] = word;
	return opts_read(&command, argc, argv, &args);
}

static void options_and_arguments_come_in_any_order(void **state)
{
	(void)state;
	assert_int_equal(read_all("a --flag --many x --text=t b --many=y --count 7 --span 2h --json"), OPTS_GO_ON);
	assert_true(got.flag && opts_common.json);
	assert_string_equal(got.text, "t");
	assert_int_equal(got.many.count, 2);
	assert_string_equal(got.many.items[1], "y");
	assert_int_equal(got.count, 7);
	assert_int_equal(got.span, 7200);
	assert_int_equal(args.count, 2);
	assert_string_equal(args.items[1], "b");
	assert_int_equal(read_all("-- --flag -x"), OPTS_GO_ON);
	assert_false(got.flag);
	assert_string_equal(args.items[0], "--flag");
	assert_int_equal(read_all("-"), OPTS_GO_ON);
}

static void wrong_usage_is_status_two(void **state)
{
	static const char *const lines[] = {
		"--flag",      "a b c",	       "a --flg",     "a --text",   "a --flag=1",
		"a --count x", "a --count -1", "a --span 5y", "a --span 0", "a -x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(read_all(lines[i]), COMMAND_USAGE);
}

/* Such as "--device ''", of a variable that is not set. */
static void an_empty_value_is_none(void **state)
{
	(void)state;
	assert_int_equal(read_all("a --text="), COMMAND_USAGE);
	assert_int_equal(read_all("a --many="), COMMAND_USAGE);
	assert_int_equal(got.many.count, 0);
	assert_int_equal(read_all("a --text  b"), COMMAND_USAGE);
}

static void spans_have_units(void **state)
{
	int64_t seconds;

	(void)state;
	assert_true(opts_span("90", &seconds) && seconds == 90);
	assert_true(opts_span("90s", &seconds) && seconds == 90);
	assert_true(opts_span("15m", &seconds) && seconds == 900);
	assert_true(opts_span("7d", &seconds) && seconds == 604800);
	assert_false(opts_span("", &seconds));
	assert_false(opts_span("h", &seconds));
	assert_false(opts_span("1 h", &seconds));
	assert_false(opts_span("99999999999d", &seconds));
}

static void servers_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {
		{"https://fleet.example.net:8444", "fleet.example.net", 8444},
		{"fleet.example.net", "fleet.example.net", 8444},
		{"https://192.0.2.1/", "192.0.2.1", 8444},
		{"[2001:db8::1]:99", "2001:db8::1", 99},
		{"https://[::1]", "::1", 8444},
	};
	static const char *const bad[] = {"", "https://", "http://a/b", "a:0", "a:99999", "a:b", "[::1]x", "a:1:2"};
	struct context c;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(context_parse_server(&c, good[i].text));
		assert_string_equal(c.host, good[i].host);
		assert_int_equal(c.port, good[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(context_parse_server(&c, bad[i]));
}

static void context_is_private_and_comes_back_whole(void **state)
{
	char dir[64] = "/tmp/caltrop-cli-", path[128];
	struct context c = {.port = 1}, back;
	struct stat st;

	(void)state;
	memset(dir + strlen(dir), 'X', 6);
	assert_non_null(mkdtemp(dir));
	setenv("XDG_CONFIG_HOME", dir, 1);
	opts_common = (struct opts_common){.json = false};
	assert_int_equal(context_load(&back, true), COMMAND_DENIED);
	assert_int_equal(context_load(&c, false), OPTS_GO_ON);
	strcpy(c.host, "fleet.example.net");
	strcpy(c.user, "admin");
	strcpy(c.token, "secret");
	strcpy(c.audit_head, "7:00ff");
	strcpy(c.ca, "-----BEGIN CERTIFICATE-----\n\"\\\n");
	assert_int_equal(context_save(&c), OPTS_GO_ON);
	snprintf(path, sizeof(path), "%s/caltrop/default.json", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(context_load(&back, true), OPTS_GO_ON);
	assert_memory_equal(&c, &back, sizeof(c));
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(context_load(&back, true), COMMAND_FAILED);
	opts_common.context = "../x";
	assert_int_equal(context_load(&back, true), COMMAND_USAGE);
	opts_common.context = NULL;
	unlink(path);
	snprintf(path, sizeof(path), "%s/caltrop", dir);
	rmdir(path);
	rmdir(dir);
}

static void text_from_outside_cannot_steer_the_terminal(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "plain"},
		{"\x1b[31mred\x07", "?[31mred?"},
		{"a\nb\tc\r", "a?b?c?"},
		{"\xc2\x9b"
		 "31m",
		 "?31m"},
		{"\xe2\x80\xae"
		 "gpj",
		 "?gpj"},
		{"\xe2\x81\xa6x\xe2\x81\xa9", "?x?"},
		{"\xe2\x80\x8bz", "?z"},
		{"gr\xc3\xbc\xc3\x9f\x7f", "gr\xc3\xbc\xc3\x9f?"},
		{"\xe2\x80", "\xe2\x80"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(text, cases[i].in);
		grid_clean(text);
		assert_string_equal(text, cases[i].out);
	}
}

/* A file, or whoever answers, gets to say something in a complaint, but no line of its own and no colours. */
static void complaint_is_one_line_whatever_is_in_it(void **state)
{
	int before = dup(STDERR_FILENO);
	FILE *said = tmpfile();
	char line[128] = "";

	(void)state;
	assert_true(before >= 0 && said);
	fflush(stderr);
	dup2(fileno(said), STDERR_FILENO);
	assert_int_equal(opts_failed(1, "%s is wrong", "a\x1b[2Jb\ncaltrop: c"), 1);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(said);
	assert_non_null(fgets(line, sizeof(line), said));
	fclose(said);
	assert_string_equal(line, "caltrop: a?[2Jb?caltrop: c is wrong\n");
}

static void parameters_are_encoded(void **state)
{
	struct list_url u = {.text = "/api/v1/events"};
	char tiny[8] = "/";

	(void)state;
	list_param(&u, "user", "a b&c=\xff");
	list_param(&u, "src", NULL);
	list_param(&u, "since", "2026-01-02T03:04:05+02:00");
	assert_string_equal(u.text, "/api/v1/events?user=a%20b%26c%3D%FF&since=2026-01-02T03%3A04%3A05%2B02%3A00");
	assert_false(rest_encode(tiny, sizeof(tiny), ""));
	assert_false(rest_encode(tiny, sizeof(tiny), "//////"));
}

static void number_too_large_hides_nothing_else(void **state)
{
	static const char *const cases[][2] = {
		{"[18446744073709551615,1]", "[9223372036854775807,1]"},
		{"{\"a\":-99999999999999999999}", "{\"a\":-9223372036854775807}"},
		{"[\"18446744073709551615 \\\"\",9223372036854775808]",
		 "[\"18446744073709551615 \\\"\",9223372036854775807]"},
		{"[123456789012345678901234567890.5,9223372036854775807]", NULL},
		{"[18446744073709551615", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *got = decode_json(cases[i][0], strlen(cases[i][0]));
		char *text = cases[i][1] ? json_dumps(got, JSON_COMPACT) : NULL;

		if (cases[i][1])
			assert_string_equal(text, cases[i][1]);
		else if (i > 3)
			assert_null(got);
		else
			assert_non_null(got);
		free(text);
		json_decref(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_arguments_come_in_any_order),
		cmocka_unit_test(wrong_usage_is_status_two),
		cmocka_unit_test(an_empty_value_is_none),
		cmocka_unit_test(spans_have_units),
		cmocka_unit_test(servers_are_read_as_people_write_them),
		cmocka_unit_test(context_is_private_and_comes_back_whole),
		cmocka_unit_test(text_from_outside_cannot_steer_the_terminal),
		cmocka_unit_test(complaint_is_one_line_whatever_is_in_it),
		cmocka_unit_test(parameters_are_encoded),
		cmocka_unit_test(number_too_large_hides_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
