/* SPDX-License-Identifier: Apache-2.0 */
/* A delegation is read in one spelling, and holds a service to each of its bounds. */
#include "proto/delegation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EXPIRES 2000000000
#define WHOLE "[immunity]\nmost = 2\nwidest4 = 24\nwidest6 = 64\nlongest = 3600\nexpires = 2000000000\n"

static char why[DELEGATION_WHY_MAX];

static struct delegation whole(void)
{
	struct delegation d;

	assert_int_equal(delegation_read(STR(WHOLE), &d, why), ERR_OK);
	return d;
}

/* What becomes of a ban for `seconds`; *seconds is what it was cut to. */
static enum err ask(const struct delegation *d, const char *net, struct delegation_ask about, uint32_t *seconds)
{
	assert_int_equal(addr_parse_prefix(str_from(net), &about.addr), ERR_OK);
	return delegation_allows(d, &about, seconds, why);
}

static void reads_what_it_writes(void **state)
{
	char memory[DELEGATION_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct delegation d = whole(), again;

	(void)state;
	assert_int_equal(d.most, 2);
	assert_int_equal(d.widest4, 24);
	assert_int_equal(d.expires_s, EXPIRES);
	delegation_put(&b, &d);
	assert_int_equal(delegation_read(buf_str(&b), &again, why), ERR_OK);
	assert_memory_equal(&d, &again, sizeof(d));
}

static void refuses_whatever_is_not_whole(void **state)
{
	static const char *const bad[] = {
		"",
		"[immunity]\nmost = 2\n",
		WHOLE "most = 3\n",
		WHOLE "never = 3\n",
		WHOLE "[other]\nmost = 3\n",
		"[immunity]\nmost = -1\nwidest4 = 24\nwidest6 = 64\nlongest = 3600\nexpires = 2000000000\n",
		"[immunity]\nmost = 2\nwidest4 = 15\nwidest6 = 64\nlongest = 3600\nexpires = 2000000000\n",
		"[immunity]\nmost = 2\nwidest4 = 33\nwidest6 = 64\nlongest = 3600\nexpires = 2000000000\n",
		"[immunity]\nmost = 2\nwidest4 = 24\nwidest6 = 31\nlongest = 3600\nexpires = 2000000000\n",
		"[immunity]\nmost = 2\nwidest4 = 24\nwidest6 = 64\nlongest = 0\nexpires = 2000000000\n",
		"[immunity]\nmost = 2\nwidest4 = 24\nwidest6 = 64\nlongest = 2592001\nexpires = 2000000000\n",
		"[immunity]\nmost = 2\nwidest4 = 24\nwidest6 = 64\nlongest = 3600\nexpires = 99999999999\n",
	};
	static const struct delegation none;
	char longer[DELEGATION_BYTES_MAX + 2];
	struct delegation d;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&d, 1, sizeof(d));
		assert_int_equal(delegation_read(str_from(bad[i]), &d, why), ERR_INVALID);
		assert_memory_equal(&d, &none, sizeof(d));
		assert_true(why[0]);
	}
	memset(longer, '\n', sizeof(longer));
	memcpy(longer, WHOLE, strlen(WHOLE));
	assert_int_equal(delegation_read((struct str){longer, sizeof(longer)}, &d, why), ERR_INVALID);
}

static void none_allows_nothing(void **state)
{
	const struct delegation none = {0};
	uint32_t seconds = 60;

	(void)state;
	assert_int_equal(ask(&none, "192.0.2.1/32", (struct delegation_ask){.wall_s = 1}, &seconds), ERR_DENIED);
	assert_string_equal(why, "no delegation lets the service ban for the group");
}

static void holds_to_each_bound(void **state)
{
	const struct delegation d = whole();
	struct delegation_ask early = {.wall_s = EXPIRES - 10000};
	uint32_t seconds = 60;

	(void)state;
	assert_int_equal(ask(&d, "192.0.2.1/32", early, &seconds), ERR_OK);
	assert_int_equal(seconds, 60);
	assert_int_equal(ask(&d, "192.0.2.0/24", early, &seconds), ERR_OK);
	assert_int_equal(ask(&d, "192.0.0.0/23", early, &seconds), ERR_DENIED);
	assert_string_equal(why, "the delegation's widest prefix is /24");
	assert_int_equal(ask(&d, "2001:db8::/64", early, &seconds), ERR_OK);
	assert_int_equal(ask(&d, "2001:db8::/63", early, &seconds), ERR_DENIED);
	early.in_force = 1;
	assert_int_equal(ask(&d, "192.0.2.1/32", early, &seconds), ERR_OK);
	early.in_force = 2;
	assert_int_equal(ask(&d, "192.0.2.1/32", early, &seconds), ERR_BUDGET);
}

static void no_ban_outlives_it(void **state)
{
	const struct delegation d = whole();
	uint32_t seconds = 0;

	(void)state;
	assert_int_equal(ask(&d, "192.0.2.1/32", (struct delegation_ask){.wall_s = 1}, &seconds), ERR_OK);
	assert_int_equal(seconds, 3600);
	seconds = UINT32_MAX;
	assert_int_equal(ask(&d, "192.0.2.1/32", (struct delegation_ask){.wall_s = 1}, &seconds), ERR_OK);
	assert_int_equal(seconds, 3600);
	assert_int_equal(ask(&d, "192.0.2.1/32", (struct delegation_ask){.wall_s = EXPIRES - 7}, &seconds), ERR_OK);
	assert_int_equal(seconds, 7);
	assert_int_equal(ask(&d, "192.0.2.1/32", (struct delegation_ask){.wall_s = EXPIRES}, &seconds), ERR_EXPIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes), cmocka_unit_test(refuses_whatever_is_not_whole),
		cmocka_unit_test(none_allows_nothing),	cmocka_unit_test(holds_to_each_bound),
		cmocka_unit_test(no_ban_outlives_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
