/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/message.h"

#include "agent/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct verb_args ban_of(const char *text)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = VERB_BAN;
	args.duration_s = 600;
	assert_int_equal(addr_parse_prefix(str_from(text), &args.addr), ERR_OK);
	return args;
}

static struct verb_args account_of(uint16_t verb, const char *name)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = verb;
	memcpy(args.account, name, strlen(name));
	return args;
}

static void verb_names_and_numbers_agree(void **state)
{
	(void)state;
	for (uint16_t verb = 1; verb < VERB_MAX; verb++)
		assert_int_equal(verb_number(verb_name(verb)), verb);
	assert_null(verb_name(VERB_NONE));
	assert_null(verb_name(VERB_MAX));
	assert_int_equal(verb_number("reboot"), VERB_NONE);
	assert_int_equal(verb_number(""), VERB_NONE);
}

static void message_lengths_are_known_for_messages_only(void **state)
{
	(void)state;
	assert_int_equal(message_length(ACTOR_ACT), sizeof(struct actor_act));
	assert_int_equal(message_length(ACTOR_RECEIPT), sizeof(struct actor_receipt));
	assert_int_equal(message_length(0), 0);
	assert_int_equal(message_length(20), 0);
	assert_int_equal(message_length(65535), 0);
}

static void verbs_ban_takes_a_clean_prefix(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	assert_true(verb_args_valid(&args));
	args = ban_of("2001:db8::/64");
	assert_true(verb_args_valid(&args));
	args.addr.bytes[15] = 1;
	assert_false(verb_args_valid(&args));
	args = ban_of("198.51.100.7");
	args.addr.prefix = 33;
	assert_false(verb_args_valid(&args));
	args.addr.prefix = 0;
	assert_false(verb_args_valid(&args));
	args = ban_of("198.51.100.7");
	args.addr.bytes[9] = 1;
	assert_false(verb_args_valid(&args));
	args = ban_of("198.51.100.7");
	args.addr.family = 5;
	assert_false(verb_args_valid(&args));
}

static void verbs_ban_has_a_longest_duration(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	args.duration_s = 30 * 86400;
	assert_true(verb_args_valid(&args));
	args.duration_s++;
	assert_false(verb_args_valid(&args));
}

static void verbs_account_names_cannot_be_paths_or_options(void **state)
{
	static const char *const good[] = {"bob", "svc_web-1", "a.b", "machine$"};
	static const char *const bad[] = {"",	 "-rf",	 "../etc",  "a/b", "a:b",
					  "a b", "a\nb", ".hidden", "b$c", "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct verb_args args = account_of(VERB_RESET, good[i]);

		assert_true(verb_args_valid(&args));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct verb_args args = account_of(VERB_LOGOUT, bad[i]);

		assert_false(verb_args_valid(&args));
	}
}

static void verbs_account_without_an_end_is_refused(void **state)
{
	struct verb_args args = account_of(VERB_RESET, "");

	(void)state;
	memset(args.account, 'a', sizeof(args.account));
	assert_false(verb_args_valid(&args));
}

static void verbs_unused_fields_are_zero(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	args.pid = 7;
	assert_false(verb_args_valid(&args));
	args = account_of(VERB_RESET, "bob");
	args.duration_s = 1;
	assert_false(verb_args_valid(&args));
	args = account_of(VERB_KILL, "");
	assert_false(verb_args_valid(&args));
	args.pid = 4711;
	assert_true(verb_args_valid(&args));
	args.flags = 1;
	assert_false(verb_args_valid(&args));
	args = account_of(77, "");
	assert_false(verb_args_valid(&args));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verb_names_and_numbers_agree),
		cmocka_unit_test(message_lengths_are_known_for_messages_only),
		cmocka_unit_test(verbs_ban_takes_a_clean_prefix),
		cmocka_unit_test(verbs_ban_has_a_longest_duration),
		cmocka_unit_test(verbs_account_names_cannot_be_paths_or_options),
		cmocka_unit_test(verbs_account_without_an_end_is_refused),
		cmocka_unit_test(verbs_unused_fields_are_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
