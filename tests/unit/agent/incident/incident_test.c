/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/incident/evidence.h"
#include "agent/incident/finding_table.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void quotes(const struct evidence *e, uint64_t group, const char *expected)
{
	struct evidence_quote quote;
	char text[4096] = "";
	size_t len = 0;

	evidence_quote(e, group, &quote);
	for (unsigned i = 0; i < quote.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s|", (int)quote.lines[i].len,
					quote.lines[i].data);
	assert_string_equal(text, expected);
}

static void evidence_quotes_the_latest_lines_of_an_src_in_order(void **state)
{
	struct evidence e;
	char memory[EVIDENCE_LINE_MAX];

	(void)state;
	evidence_init(&e, memory, sizeof(memory));
	quotes(&e, 1, "");
	evidence_add(&e, 1, STR("a"));
	evidence_add(&e, 2, STR("other"));
	evidence_add(&e, 1, STR("b"));
	quotes(&e, 1, "a|b|");
	for (char c = 'c'; c <= 'z'; c++)
		evidence_add(&e, 1, (struct str){&c, 1});
	quotes(&e, 1, "w|x|y|z|");
	quotes(&e, 2, "other|");
	quotes(&e, 3, "");
}

static void evidence_gives_up_the_oldest_lines_and_wraps(void **state)
{
	struct evidence e;
	char memory[EVIDENCE_LINE_MAX], line[300];

	(void)state;
	evidence_init(&e, memory, sizeof(memory));
	for (unsigned i = 0; i < 1000; i++) {
		struct evidence_quote quote;
		size_t len = 1 + i * 37 % 280;

		memset(line, 'a' + (int)(i % 26), len);
		evidence_add(&e, i % 3, (struct str){line, len});
		evidence_quote(&e, i % 3, &quote);
		assert_true(quote.count >= 1);
		assert_int_equal(quote.lines[quote.count - 1].len, len);
		assert_memory_equal(quote.lines[quote.count - 1].data, line, len);
		for (unsigned n = 0; n < quote.count; n++)
			for (size_t k = 1; k < quote.lines[n].len; k++)
				assert_int_equal(quote.lines[n].data[k], quote.lines[n].data[0]);
	}
	/* Longer than what is kept of a line. */
	char longest[EVIDENCE_LINE_MAX + 100];
	struct evidence_quote quote;

	memset(longest, 'L', sizeof(longest));
	evidence_add(&e, 9, (struct str){longest, sizeof(longest)});
	evidence_quote(&e, 9, &quote);
	assert_int_equal(quote.count, 1);
	assert_int_equal(quote.lines[0].len, EVIDENCE_LINE_MAX);
}

struct bench {
	struct settings settings;
	struct rule_set set;
	struct rules rules;
	struct incidents table;
	void *memory, *set_memory, *rule_memory;
	struct now now;
};

static void begin(struct bench *b, uint32_t incidents)
{
	struct incident_limits limits = {incidents, EVIDENCE_LINE_MAX, (const uint8_t *)"sixteen bytes.."};

	settings_default(&b->settings);
	b->now = (struct now){100 * SECOND_US, 0};
	b->memory = malloc(incident_size(&limits));
	b->set_memory = malloc(rule_set_size(rule_builtin.count));
	b->rule_memory = malloc(rule_size(64));
	assert_int_equal(rule_set_init(&b->set, b->set_memory, &rule_builtin, &b->settings), ERR_OK);
	rule_init(&b->rules, (struct lru_room){b->rule_memory, 64}, &b->set, (struct hash_key){1, 2});
	incident_init(&b->table, b->memory, &limits, &b->rules);
}

static void end(struct bench *b)
{
	free(b->memory);
	free(b->set_memory);
	free(b->rule_memory);
}

static struct attempt attempt_on(const char *user)
{
	return (struct attempt){
		.class = ATTEMPT_FAILURE, .weight = 1, .src = {4, 32, {192, 0, 2, 1}}, .user = str_from(user)};
}

static const struct event no_event = {.kind = EVENT_AUTH};

static struct rule_row *rule_of(struct bench *b, const char *id)
{
	return rule_set_find(&b->set, hash_name(id));
}

static struct finding *open_one(struct bench *b, const char *rule, uint64_t group, const struct attempt *attempt)
{
	struct finding_about about = {rule_of(b, rule), group, &no_event, attempt, 5};
	struct finding *give_up;

	assert_null(finding_find(&b->table, &about));
	assert_true(finding_room(&b->table, SEV_MEDIUM, b->now, &give_up));
	if (give_up)
		finding_close(&b->table, give_up);
	return finding_open(&b->table, &about, b->now);
}

static void incident_is_one_per_src_and_for_a_breach_per_user(void **state)
{
	struct bench b;
	struct attempt alice = attempt_on("alice"), bob = attempt_on("bob");

	(void)state;
	begin(&b, 16);
	struct finding *i = open_one(&b, "brute_force", 2, &alice), *breach = open_one(&b, "breach", 2, &alice);

	assert_ptr_equal(
		finding_find(&b.table, &(struct finding_about){rule_of(&b, "brute_force"), 2, &no_event, &bob, 5}), i);
	assert_null(finding_find(&b.table, &(struct finding_about){rule_of(&b, "breach"), 2, &no_event, &bob, 5}));
	assert_ptr_equal(
		finding_find(&b.table, &(struct finding_about){rule_of(&b, "breach"), 2, &no_event, &alice, 5}),
		breach);
	end(&b);
}

static void incident_closes_after_a_quiet_time(void **state)
{
	struct bench b;
	struct attempt alice = attempt_on("alice");

	(void)state;
	begin(&b, 16);
	struct finding *i = open_one(&b, "brute_force", 2, &alice);

	b.now.mono_us += 9 * MINUTE_US;
	finding_note(&b.table, i, 1, b.now);
	b.now.mono_us += 9 * MINUTE_US;
	assert_null(finding_due(&b.table, b.now));
	b.now.mono_us = incident_deadline(&b.table);
	assert_ptr_equal(finding_due(&b.table, b.now), i);
	assert_int_equal(i->count, 6);
	finding_close(&b.table, i);
	assert_null(finding_due(&b.table, b.now));
	assert_int_equal(incident_deadline(&b.table), INT64_MAX);
	end(&b);
}

static void incident_table_does_not_turn_over_in_a_flood(void **state)
{
	struct bench b;
	struct attempt alice = attempt_on("alice");
	struct finding *give_up;

	(void)state;
	begin(&b, 4);
	for (uint64_t group = 2; group < 10; group += 2)
		open_one(&b, "brute_force", group, &alice);
	assert_false(finding_room(&b.table, SEV_MEDIUM, b.now, &give_up));
	assert_int_equal(b.table.overflow, 1);
	assert_true(finding_room(&b.table, SEV_HIGH, b.now, &give_up));
	assert_int_equal(give_up->group, 2);
	b.now.mono_us += 11 * SECOND_US;
	assert_true(finding_room(&b.table, SEV_MEDIUM, b.now, &give_up));
	assert_int_equal(give_up->group, 2);
	end(&b);
}

/* One failure from 192.0.2.N, and the kinds of changes that follow, as letters: Opened, Updated, Closed, Reopened,
 * Joined, Asks. */
static const char *failure(struct bench *b, uint8_t n, const char *user)
{
	static char text[64];
	struct attempt attempt = attempt_on(user);
	struct event event = {.kind = EVENT_AUTH, .line = STR("a line")};
	struct incident_input in = {&event, &attempt, ATTEMPT_COUNTED, b->now, {1, 2, 3}, false};
	struct incident_change change;
	size_t len = 0;

	attempt.src.bytes[3] = n;
	incident_feed(&b->table, &in, b->now);
	while (incident_next(&b->table, &change)) {
		assert_true(change.kind == INCIDENT_CLOSED || change.finding->subject.addr.bytes[3] == n);
		text[len++] = "?OUCRJAGL"[change.kind];
	}
	text[len] = '\0';
	return text;
}

static void incident_is_told_of_from_its_opening_to_its_end(void **state)
{
	struct incident_change change;
	struct evidence_quote quote;
	struct bench b;

	(void)state;
	begin(&b, 16);
	for (unsigned i = 0; i < 4; i++)
		assert_string_equal(failure(&b, 1, "root"), "");
	assert_string_equal(failure(&b, 1, "root"), "OA");
	assert_string_equal(failure(&b, 1, "root"), ""); /* it was told of just now */
	assert_false(incident_tick(&b.table, b.now, &change));
	b.now.mono_us += 11 * SECOND_US;
	assert_string_equal(failure(&b, 1, "root"), "U");
	assert_false(incident_tick(&b.table, b.now, &change));
	b.now.mono_us = incident_deadline(&b.table) + HOUR_US;
	assert_true(incident_tick(&b.table, b.now, &change));
	assert_int_equal(change.kind, INCIDENT_CLOSED);
	assert_int_equal(change.finding->count, 7);
	finding_quote(&b.table, change.finding, &quote);
	assert_int_equal(quote.count, 4);
	assert_false(incident_tick(&b.table, b.now, &change));
	assert_int_equal(incident_deadline(&b.table), INT64_MAX);
	end(&b);
}

static void what_grows_is_told_of_ten_seconds_later_without_another_finding(void **state)
{
	struct incident_change change;
	struct bench b;

	(void)state;
	begin(&b, 16);
	for (unsigned i = 0; i < 5; i++)
		failure(&b, 1, "root");
	b.now.mono_us += 3 * SECOND_US;
	for (unsigned i = 0; i < 100; i++)
		assert_null(strchr(failure(&b, 1, "root"), 'U'));
	assert_int_equal(incident_deadline(&b.table), b.now.mono_us + 7 * SECOND_US);
	assert_false(incident_tick(&b.table, b.now, &change));
	b.now.mono_us += 7 * SECOND_US;
	assert_true(incident_tick(&b.table, b.now, &change));
	assert_int_equal(change.kind, INCIDENT_UPDATED);
	assert_int_equal(incident_count(change.finding->incident), 105);
	assert_false(incident_tick(&b.table, b.now, &change)); /* one record for all of it */
	assert_true(incident_deadline(&b.table) > b.now.mono_us + MINUTE_US);
	end(&b);
}

/* Of a day of an attempt every so many seconds. */
static unsigned records_of_a_day(unsigned every_s, unsigned *longest_s)
{
	struct incident_change change;
	unsigned records = 0, quiet_s = 0;
	struct bench b;

	begin(&b, 16);
	*longest_s = 0;
	for (unsigned second = 0; second < 86400; second++) {
		unsigned before = records;

		for (const char *c = second % every_s ? "" : failure(&b, 1, "root"); *c; c++)
			records += *c == 'U';
		for (b.now.mono_us += SECOND_US; incident_tick(&b.table, b.now, &change);)
			records += change.kind == INCIDENT_UPDATED;
		quiet_s = records == before ? quiet_s + 1 : 0;
		*longest_s = quiet_s > *longest_s ? quiet_s : *longest_s;
	}
	end(&b);
	return records;
}

static void a_storm_is_told_of_less_and_less_often_and_a_drizzle_each_time(void **state)
{
	unsigned longest_s;

	(void)state;
	assert_in_range(records_of_a_day(1, &longest_s), 140, 160);
	assert_in_range(longest_s, 590, 600);
	assert_in_range(records_of_a_day(60, &longest_s), 1400, 1440);
}

static void incident_of_a_full_table_makes_room_or_is_answered_without_any(void **state)
{
	struct bench b;

	(void)state;
	begin(&b, 1);
	for (unsigned i = 0; i < 4; i++) {
		failure(&b, 1, "root");
		failure(&b, 2, "root");
		failure(&b, 3, "root");
	}
	assert_string_equal(failure(&b, 1, "root"), "OA");
	assert_string_equal(failure(&b, 2, "root"), "A");
	b.now.mono_us += 11 * SECOND_US;
	assert_string_equal(failure(&b, 3, "root"), "COA");
	assert_int_equal(b.table.opened, 2);
	assert_int_equal(b.table.closed, 1);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_quotes_the_latest_lines_of_an_src_in_order),
		cmocka_unit_test(evidence_gives_up_the_oldest_lines_and_wraps),
		cmocka_unit_test(incident_is_one_per_src_and_for_a_breach_per_user),
		cmocka_unit_test(incident_closes_after_a_quiet_time),
		cmocka_unit_test(incident_is_told_of_from_its_opening_to_its_end),
		cmocka_unit_test(what_grows_is_told_of_ten_seconds_later_without_another_finding),
		cmocka_unit_test(a_storm_is_told_of_less_and_less_often_and_a_drizzle_each_time),
		cmocka_unit_test(incident_of_a_full_table_makes_room_or_is_answered_without_any),
		cmocka_unit_test(incident_table_does_not_turn_over_in_a_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
