/* SPDX-License-Identifier: Apache-2.0 */
/* Old lines, wrong clocks and stamps that leave out what they mean. */
#include "tests/unit/agent/core/bench.h"

#include <time.h>

/* A failure from 192.0.2.`host` whose stamp has this form and is `age_s` before the clock. */
static void fail_stamped(struct bench *b, const char *form, int64_t age_s, unsigned host)
{
	static unsigned pid = 500;
	time_t then = (time_t)(b->now.wall_us / SECOND_US - age_s);
	char text[256];
	struct tm tm;
	size_t len = strftime(text, sizeof(text), form, gmtime_r(&then, &tm));

	snprintf(text + len, sizeof(text) - len, "sshd[%u]: Failed password for root from 192.0.2.%u port 4000 ssh2",
		 pid++, host);
	b->offset += strlen(text) + 1;
	feed(b, &(struct input){.kind = INPUT_LINE, .place = {9, b->offset, 77, 256}, .bytes = str_from(text)});
}

/* How many steps follow from five of them, of an address that did not fail before. */
static unsigned acts_after(struct bench *b, const char *form, int64_t age_s)
{
	static unsigned host = 10;
	unsigned acts = b->acts;

	host++;
	for (unsigned i = 0; i < 5; i++)
		fail_stamped(b, form, age_s, host);
	unsigned asked = b->acts - acts;

	for (; acts != b->acts; acts++)
		answer(b, &b->act[acts % KEPT], RECEIPT_DONE, ERR_OK);
	return asked;
}

#define CLASSIC "%b %e %H:%M:%S device "

static void core_does_nothing_about_what_is_over(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BREACH].enabled = false;
	assert_int_equal(acts_after(b, CLASSIC, 0), 1);
	wait_us(b, 2 * MINUTE_US);
	b->findings = b->receipts = 0;
	assert_int_equal(acts_after(b, CLASSIC, 24 * 3600 - 100), 0);
	assert_int_equal(b->findings, 1); /* it is told of */
	assert_int_equal(b->receipts, 1); /* and refused */
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "1438 minutes ago"));
	/* What happens now is answered, whatever old lines stand between. */
	unsigned acts = b->acts;

	for (unsigned i = 0; i < 5; i++) {
		fail_stamped(b, CLASSIC, 0, 1);
		fail_stamped(b, CLASSIC, 24 * 3600, 1);
	}
	assert_int_equal(b->acts, acts + 1);
}

static void core_tells_of_a_file_that_is_not_in_its_declared_format(void **state)
{
	struct bench *b = *state;

	b->settings.declared_count = 1;
	snprintf(b->settings.declared[0].path, sizeof(b->settings.declared[0].path), "%s", b->settings.files[0]);
	b->settings.declared[0].format = FORMAT_JSON;
	restart(b, MINUTE_US, false);
	assert_int_equal(acts_after(b, CLASSIC, 0), 0);
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "is not in the format that [file] of the settings declares"));
	b->settings.declared[0].format = FORMAT_SYSLOG;
	restart(b, MINUTE_US, false);
	assert_int_equal(acts_after(b, CLASSIC, 0), 1);
	ask(b, "health", false);
	assert_null(strstr(b->reply, "is not in the format"));
}

static void core_spreads_old_lines_where_the_clock_was_never_set(void **state)
{
	struct bench *b = *state;

	/* Days that the guard did not see, then 1970 again: one typing error every ten hours. */
	b->settings.rules[RULE_BREACH].enabled = false;
	assert_int_equal(acts_after(b, CLASSIC, 0), 1);
	save(b);
	restart(b, 48 * HOUR_US, true);
	int64_t days_s = b->now.wall_us / SECOND_US - 3600;

	b->now.wall_us = HOUR_US;
	b->findings = 0;
	for (unsigned i = 0; i < 5; i++)
		fail_stamped(b, "%Y-%m-%dT%H:%M:%SZ device ", 48 * 3600 - 36000 * i - days_s, 9);
	assert_int_equal(b->findings, 0);
	/* It sees what happens now. */
	assert_int_equal(acts_after(b, "%Y-%m-%dT%H:%M:%SZ device ", 0), 1);
}

/* A clock that was set: it shows a time after this program was made. */
static int setup_set(void **state)
{
	setup(state);
	((struct bench *)*state)->now.wall_us = 1800000000 * SECOND_US;
	return 0;
}

static void core_knows_old_lines_by_stamps_without_zone_or_year(void **state)
{
	static const char *const forms[] = {CLASSIC, "%a %b %e %H:%M:%S %Y authpriv.warn ", "%Y %b %e %H:%M:%S device ",
					    "%Y-%m-%d %H:%M:%S device "};

	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		teardown(state);
		setup_set(state);
		struct bench *b = *state;
		int64_t zone_s = (int64_t)i * 5400 - 7200; /* west and east of Greenwich, and half an hour */

		b->settings.rules[RULE_BREACH].enabled = false;
		assert_int_equal(acts_after(b, forms[i], zone_s), 1);
		assert_int_equal(acts_after(b, forms[i], zone_s + 24 * 3600), 0);
		assert_int_equal(acts_after(b, forms[i], zone_s + 11 * 60), 0);
		assert_int_equal(acts_after(b, forms[i], zone_s + 300 * 24 * 3600), 0);
		assert_int_equal(acts_after(b, forms[i], zone_s), 1);
		save(b);
		restart(b, 3 * HOUR_US, false);
		assert_int_equal(acts_after(b, forms[i], zone_s + 2 * 3600 + 123), 0);
		assert_int_equal(acts_after(b, forms[i], zone_s), 1);
		/* Summer time ends, and begins. */
		assert_int_equal(acts_after(b, forms[i], zone_s + 3600), 1);
		assert_int_equal(acts_after(b, forms[i], zone_s), 1);
	}
}

static void core_is_not_blind_where_a_clock_is_wrong(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BREACH].enabled = false;
	/* The clock was never set, and the stamps come from a right one, or from the same. */
	b->now.wall_us = HOUR_US;
	assert_int_equal(acts_after(b, CLASSIC, -1000000), 1);
	wait_us(b, MINUTE_US);
	assert_int_equal(acts_after(b, CLASSIC, -1000000), 1);
	assert_int_equal(acts_after(b, CLASSIC, 0), 1);
	/* It is set, and then set back. */
	b->now.wall_us = 1800000000 * SECOND_US;
	assert_int_equal(acts_after(b, CLASSIC, 0), 1);
	b->now.wall_us -= 40 * 24 * HOUR_US;
	assert_int_equal(acts_after(b, CLASSIC, 0), 1);
	/* Somebody else writes the log, and his clock begins to be days late: for some minutes that is old news. */
	assert_int_equal(acts_after(b, CLASSIC, 1000000), 0);
	wait_us(b, 11 * MINUTE_US);
	assert_int_equal(acts_after(b, CLASSIC, 1000000), 1);
}

/*
 * The power goes when four of five failures are in the saved state, and the last is in the log only. However much later
 * it is read, it is the fifth of them; steps are only taken where it seems to be of now.
 */
static void core_tells_after_a_pause_what_began_before_it(void **state)
{
	static const struct {
		int64_t set_s, away_s; /* what the clock is set by, how long the guard was away */
		bool rebooted, answered;
	} pauses[] = {{0, 60, true, true},
		      {0, 3600, true, false},
		      {0, 20 * 365 * 86400, true, false},
		      {20 * 365 * 86400, 5, false, true},
		      {-7200, 5, false, true}};

	for (unsigned i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		teardown(state);
		setup_set(state);
		struct bench *b = *state;

		b->settings.rules[RULE_BREACH].enabled = false;
		for (unsigned n = 0; n < 4; n++)
			fail_stamped(b, "%Y-%m-%dT%H:%M:%S+00:00 device ", 0, 3);
		assert_int_equal(b->findings, 0);
		save(b);
		b->now.wall_us += pauses[i].set_s * SECOND_US;
		restart(b, pauses[i].away_s * SECOND_US, pauses[i].rebooted);
		fail_stamped(b, "%Y-%m-%dT%H:%M:%S+00:00 device ", pauses[i].set_s + pauses[i].away_s, 3);
		assert_int_equal(b->findings, 1);
		assert_int_equal(b->acts, pauses[i].answered);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_set, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(core_does_nothing_about_what_is_over),
		TEST(core_tells_of_a_file_that_is_not_in_its_declared_format),
		TEST(core_knows_old_lines_by_stamps_without_zone_or_year),
		TEST(core_spreads_old_lines_where_the_clock_was_never_set),
		TEST(core_is_not_blind_where_a_clock_is_wrong),
		TEST(core_tells_after_a_pause_what_began_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
