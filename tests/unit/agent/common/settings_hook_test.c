/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/settings_hook.h"

#include "agent/common/settings_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;

static int set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	return 0;
}

static void take(const char *text)
{
	struct ini_error error = {0};
	enum err err = settings_read(&settings, str_from(text), &error);

	if (err != ERR_OK)
		print_message("said: %s\n", error.text);
	assert_int_equal(err, ERR_OK);
}

static void refuse(const char *text, const char *message)
{
	struct ini_error error = {0};

	settings_default(&settings);
	if (settings_read(&settings, str_from(text), &error) == ERR_OK)
		assert_int_not_equal(settings_check(&settings, &error), ERR_OK);
	assert_string_equal(error.text, message);
}

static void hook_has_limits_where_the_settings_name_none(void **state)
{
	const struct settings_hook *h;

	(void)state;
	take("[hook restart-web]\nprogram = /opt/acme/restart\n");
	h = settings_hook_find(&settings, "restart-web");
	assert_non_null(h);
	assert_string_equal(h->program, "/opt/acme/restart");
	assert_true(h->argument_count == 0 && h->time_s == 10 && h->memory == 64u << 20 && h->output == 4096);
	assert_null(settings_hook_find(&settings, "restart"));
}

static void hook_is_read_as_declared_and_written_as_it_was_read(void **state)
{
	static char first[SETTINGS_TEXT_MAX], second[SETTINGS_TEXT_MAX];
	struct buf b = buf_over(first, sizeof(first)), c = buf_over(second, sizeof(second));
	const struct settings_hook *h;

	(void)state;
	take("[hook api.token@1]\nprogram = /opt/x\narguments = account, addr\ntime = 5m\nmemory = 1M\noutput = 0\n"
	     "[hook other]\nprogram = /opt/y\n");
	settings_text(&b, &settings);
	settings_default(&settings);
	first[b.len] = '\0';
	take(first);
	settings_text(&c, &settings);
	assert_true(str_equal(buf_str(&b), buf_str(&c)));
	h = settings_hook_find(&settings, "api.token@1");
	assert_non_null(h);
	assert_true(h->argument_count == 2 && h->arguments[0] == VERB_ACCOUNT && h->arguments[1] == VERB_ADDR);
	assert_true(h->time_s == 300 && h->memory == 1u << 20 && h->output == 0);
	/* A drop-in. */
	take("[hook api.token@1]\narguments = addr\n");
	assert_true(h->argument_count == 1 && h->arguments[0] == VERB_ADDR && h->time_s == 300);
}

static void credential_is_read_and_written_beside_a_hook_of_its_name(void **state)
{
	static char text[SETTINGS_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));
	const struct settings_hook *c;

	(void)state;
	take("[credential web]\nprogram = /opt/acme/set\ntime = 20s\n[hook web]\nprogram = /opt/acme/restart\n");
	settings_text(&b, &settings);
	settings_default(&settings);
	text[b.len] = '\0';
	take(text);
	c = settings_hook_credential(&settings, "web");
	assert_non_null(c);
	assert_string_equal(c->program, "/opt/acme/set");
	assert_true(c->argument_count == 0 && c->time_s == 20 && c->memory == 64u << 20 && c->output == 4096);
	assert_string_equal(settings_hook_find(&settings, "web")->program, "/opt/acme/restart");
	assert_null(settings_hook_credential(&settings, "we"));
}

static void credential_mistakes_are_named(void **state)
{
	char many[512] = "";

	(void)state;
	refuse("[credential x]\nprogram = /a\narguments = account\n",
	       "[credential x] there is no such key; there are program, time, memory and output");
	refuse("[credential x]\noutput = 1\n", "[credential x] names no program: set program");
	refuse("[credential ]\nprogram = /a\n", "[credential] program: there is no such section");
	for (unsigned i = 0; i < 5; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "[credential c%u]\nprogram = /a\n", i);
	refuse(many, "[credential c4] does not fit: there are more than 4 credentials");
}

static void hook_mistakes_are_named(void **state)
{
	char many[512] = "";

	(void)state;
	refuse("[hook x]\nprogram = restart\n",
	       "[hook x] program: 'restart' is not an absolute path without '..' and a final '/'");
	refuse("[hook x]\nprogram = /a\narguments = addr pid\n",
	       "[hook x] arguments: only addr and account, each once: pid");
	refuse("[hook x]\nprogram = /a\narguments = addr addr\n",
	       "[hook x] arguments: only addr and account, each once: addr");
	refuse("[hook x]\nprogram = /a\narguments = name\n",
	       "[hook x] arguments: only addr and account, each once: name");
	refuse("[hook x]\nprogram = /a\ntime = 6m\n",
	       "[hook x] time: '6m' is not a time (90s, 10m, 2h, 1d) in seconds from 1 to 300");
	refuse("[hook x]\nshell = yes\n",
	       "[hook x] there is no such key; there are program, arguments, time, memory and output");
	refuse("[hook a/b]\nprogram = /a\n",
	       "[hook a/b] is not a name: letters and digits, after the first also '_', '-', '.' and '@'");
	refuse("[hook -c]\nprogram = /a\n",
	       "[hook -c] is not a name: letters and digits, after the first also '_', '-', '.' and '@'");
	refuse("[hook x]\ntime = 1m\n", "[hook x] names no program: set program");
	for (unsigned i = 0; i < 9; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "[hook h%u]\nprogram = /a\n", i);
	refuse(many, "[hook h8] does not fit: there are more than 8 hooks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hook_has_limits_where_the_settings_name_none, set_up),
		cmocka_unit_test_setup(hook_is_read_as_declared_and_written_as_it_was_read, set_up),
		cmocka_unit_test_setup(hook_mistakes_are_named, set_up),
		cmocka_unit_test_setup(credential_is_read_and_written_beside_a_hook_of_its_name, set_up),
		cmocka_unit_test_setup(credential_mistakes_are_named, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
