/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/order_verb.h"

#include "agent/common/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

_Static_assert((int)ORDER_BAN == (int)VERB_BAN && (int)ORDER_UNBAN == (int)VERB_UNBAN, "one numbering");
_Static_assert((int)ORDER_RESET == (int)VERB_RESET && (int)ORDER_LOGOUT == (int)VERB_LOGOUT, "one numbering");
_Static_assert((int)ORDER_KILL == (int)VERB_KILL && (int)VERB_MAX == ORDER_KILL + 1, "one numbering");

static void names_and_numbers_go_both_ways(void **state)
{
	(void)state;
	for (uint16_t verb = 1; verb < VERB_MAX; verb++)
		assert_int_equal(order_verb_number(order_verb_name(verb)), verb);
	assert_null(order_verb_name(0));
	assert_null(order_verb_name(VERB_MAX));
	assert_int_equal(order_verb_number("frob"), 0);
}

struct sample {
	uint16_t verb;
	const char *addr, *account;
	int32_t pid;
	uint32_t duration_s;
	enum err err;
	const char *said;
};

static void orders_are_judged_and_described(void **state)
{
	static const struct sample samples[] = {
		{ORDER_BAN, "192.0.2.1", "", 0, 60, ERR_OK, "ban 192.0.2.1 for 60 s"},
		{ORDER_BAN, "2001:db8::/64", "", 0, 0, ERR_OK, "ban 2001:db8::/64"},
		{ORDER_BAN, "10.0.0.0/8", "", 0, 0, ERR_OK, "ban 10.0.0.0/8"},
		{ORDER_BAN, "10.0.0.0/7", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, "::/0", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, "127.5.5.5", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, "::ffff:127.0.0.1", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, "fe80::1", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, "255.255.255.255", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, "239.1.1.1", "", 0, 0, ERR_PROTECTED, NULL},
		{ORDER_BAN, NULL, "", 0, 0, ERR_INVALID, NULL},
		{ORDER_BAN, "192.0.2.1", "", 0, 2592001, ERR_INVALID, NULL},
		{ORDER_BAN, "192.0.2.1", "x", 0, 0, ERR_INVALID, NULL},
		{ORDER_UNBAN, "127.0.0.1", "", 0, 0, ERR_OK, "unban 127.0.0.1"},
		{ORDER_UNBAN, "192.0.2.1", "", 0, 5, ERR_INVALID, NULL},
		{ORDER_RESET, NULL, "alice", 0, 0, ERR_OK, "reset alice"},
		{ORDER_RESET, NULL, "_svc-1.x", 0, 0, ERR_OK, "reset _svc-1.x"},
		{ORDER_LOGOUT, NULL, "machine$", 0, 0, ERR_OK, "logout machine$"},
		{ORDER_LOGOUT, NULL, "a:b", 0, 0, ERR_INVALID, NULL},
		{ORDER_LOGOUT, NULL, "-a", 0, 0, ERR_INVALID, NULL},
		{ORDER_LOGOUT, NULL, "../a", 0, 0, ERR_INVALID, NULL},
		{ORDER_LOGOUT, NULL, "", 0, 0, ERR_INVALID, NULL},
		{ORDER_KILL, NULL, "", 4711, 0, ERR_OK, "kill 4711"},
		{ORDER_KILL, NULL, "", 1, 0, ERR_PROTECTED, NULL},
		{ORDER_KILL, NULL, "", 0, 0, ERR_INVALID, NULL},
		{0, NULL, "", 0, 0, ERR_INVALID, NULL},
		{6, NULL, "", 0, 0, ERR_INVALID, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		struct order o = {.verb = s->verb, .pid = s->pid, .duration_s = s->duration_s};
		char why[ORDER_VERB_WHY_MAX] = "", text[128];
		struct buf b = buf_over(text, sizeof(text) - 1);

		strcpy(o.account, s->account);
		if (s->addr)
			assert_int_equal(order_verb_address(&o, s->addr), ERR_OK);
		assert_int_equal(order_verb_check(&o, why), s->err);
		if (s->err) {
			assert_true(strlen(why) > 5 && why[strlen(why) - 1] == '.');
			continue;
		}
		order_verb_describe(&o, &b);
		text[b.len] = 0;
		assert_string_equal(text, s->said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_go_both_ways),
		cmocka_unit_test(orders_are_judged_and_described),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
