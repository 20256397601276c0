/* SPDX-License-Identifier: Apache-2.0 */
/* What an output is told and when, over both kinds of store; the courier's part is the test's. */
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "server-stub/alert/dispatch.h"
#include "server-stub/alert/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON_US (INT64_C(1767225600) * SECOND_US + 12 * 3600 * SECOND_US) /* 2026-01-01, UTC */

struct world {
	char dir[64], path[96];
	struct dispatch dispatch;
	struct dispatch_flight flight;
	int64_t wall_us;
};

static const uint8_t fleet[STORE_FLEET] = {1};

static int set_up(void **state, bool in_file)
{
	struct world *w = calloc(1, sizeof(*w));
	struct registry_device d;

	snprintf(w->dir, sizeof(w->dir),
		 "/tmp/dispatch_test.XX"
		 "XX"
		 "XX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/caltrop.db", w->dir);
	assert_int_equal(store_create(in_file ? w->path : NULL, fleet, &w->dispatch.store), ERR_OK);
	w->wall_us = NOON_US;
	memset(&d, 0, sizeof(d));
	memset(d.id, 7, STORE_ID);
	snprintf(d.name, sizeof(d.name), "cam-7");
	snprintf(d.group, sizeof(d.group), "cameras");
	assert_int_equal(registry_device_put(w->dispatch.store, &d), ERR_OK);
	*state = w;
	return 0;
}

static int set_up_memory(void **state)
{
	return set_up(state, false);
}

static int set_up_sqlite(void **state)
{
	return set_up(state, true);
}

static int tear_down(void **state)
{
	struct world *w = *state;
	char side[128];

	store_close(w->dispatch.store);
	unlink(w->path);
	snprintf(side, sizeof(side), "%s-wal", w->path);
	unlink(side);
	snprintf(side, sizeof(side), "%s-shm", w->path);
	unlink(side);
	rmdir(w->dir);
	free(w);
	return 0;
}

static struct store_output webhook(const char *name)
{
	struct store_output o = {.severity = SEV_MEDIUM, .changes = CHANGE_OPENED | CHANGE_WORSE, .gather_s = 30};

	snprintf(o.name, sizeof(o.name), "%s", name);
	snprintf(o.kind, sizeof(o.kind), "webhook");
	snprintf(o.url, sizeof(o.url), "https://hook.example/in");
	snprintf(o.secret, sizeof(o.secret), "0123456789abcdef");
	o.created_us = NOON_US - SECOND_US;
	return o;
}

static void add(struct world *w, const struct store_output *o)
{
	assert_int_equal(store_output_add(w->dispatch.store, o), ERR_OK);
}

static struct views_incident incident(struct world *w, uint8_t number, uint8_t severity)
{
	struct views_incident i;

	memset(&i, 0, sizeof(i));
	memset(i.id, number, STORE_ID);
	memset(i.device, 7, STORE_ID);
	i.state = INCIDENT_OPEN;
	i.severity = severity;
	i.received_us = i.first_us = i.last_us = w->wall_us;
	i.count = 3;
	snprintf(i.rule_id, sizeof(i.rule_id), "ssh_guessing");
	snprintf(i.title, sizeof(i.title), "Guessing of passwords");
	snprintf(i.src, sizeof(i.src), "198.51.100.7");
	return i;
}

static void happen(struct world *w, const struct views_incident *i)
{
	assert_int_equal(views_incident_put(w->dispatch.store, i), ERR_OK);
	assert_int_equal(store_output_changed(w->dispatch.store, i->device, i->id), ERR_OK);
}

static void look(struct world *w)
{
	bool more = true;

	while (more)
		assert_int_equal(dispatch_look(&w->dispatch, w->wall_us, &more), ERR_OK);
}

/* Whether there is a message for the output now. */
static bool message(struct world *w, unsigned output)
{
	look(w);
	assert_int_equal(dispatch_write(&w->dispatch, output, w->wall_us, &w->flight), ERR_OK);
	return w->flight.used;
}

static void end(struct world *w, const char *wrong)
{
	assert_int_equal(dispatch_end(&w->dispatch, &w->flight, wrong, w->wall_us), ERR_OK);
}

static void pass(struct world *w, int64_t seconds)
{
	w->wall_us += seconds * SECOND_US;
}

static bool says(const struct world *w, const char *text)
{
	return memmem(w->dispatch.job.body, w->dispatch.job.len, text, strlen(text)) != NULL;
}

static void storm_is_one_message_that_comes_once(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident i;

	add(w, &o);
	for (uint8_t n = 1; n <= 50; n++) {
		i = incident(w, n, n == 9 ? SEV_CRITICAL : SEV_HIGH);
		happen(w, &i);
	}
	assert_false(message(w, 0));
	assert_true(w->dispatch.next_us == w->wall_us + 30 * SECOND_US);
	pass(w, 30);
	assert_true(message(w, 0));
	assert_true(says(w, "\"count\":50,"));
	assert_true(says(w, "\"severity\":\"critical\""));
	end(w, "");
	pass(w, 3600);
	assert_false(message(w, 0));
	assert_true(w->dispatch.next_us == 0);
}

static void same_message_has_the_same_name_when_it_comes_again(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident i = incident(w, 1, SEV_HIGH);
	struct store_output_state s;
	uint8_t id[STORE_ID];

	add(w, &o);
	happen(w, &i);
	look(w);
	pass(w, 30);
	assert_true(message(w, 0));
	memcpy(id, w->dispatch.letter.id, STORE_ID);
	end(w, "the far end answered with HTTP status 503");
	assert_false(message(w, 0));
	assert_true(w->dispatch.next_us == w->wall_us + DISPATCH_AGAIN_S * SECOND_US);
	pass(w, DISPATCH_AGAIN_S);
	assert_true(message(w, 0));
	assert_memory_equal(id, w->dispatch.letter.id, STORE_ID);
	end(w, "again");
	assert_false(message(w, 0));
	assert_true(w->dispatch.next_us == w->wall_us + 2 * DISPATCH_AGAIN_S * SECOND_US);
	assert_int_equal(store_output_state_get(w->dispatch.store, "ops", &s), ERR_OK);
	assert_int_equal(s.failures, 2);
	assert_string_equal(s.error, "again");
	pass(w, 2 * DISPATCH_AGAIN_S);
	assert_true(message(w, 0));
	end(w, "");
	assert_int_equal(store_output_state_get(w->dispatch.store, "ops", &s), ERR_OK);
	assert_int_equal(s.failures, 0);
	assert_int_equal(s.messages, 1);
	assert_string_equal(s.error, "");
}

static void only_what_is_wanted_is_told(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident low = incident(w, 1, SEV_LOW), other = incident(w, 2, SEV_HIGH),
			      old = incident(w, 3, SEV_HIGH), merged = incident(w, 4, SEV_HIGH);

	snprintf(o.groups, sizeof(o.groups), "doors cam*");
	snprintf(o.rules, sizeof(o.rules), "ssh_*");
	add(w, &o);
	snprintf(other.rule_id, sizeof(other.rule_id), "malware");
	old.received_us = o.created_us - 1;
	snprintf(merged.merged_into, sizeof(merged.merged_into), "00");
	happen(w, &low);
	happen(w, &other);
	happen(w, &old);
	happen(w, &merged);
	look(w);
	pass(w, 60);
	assert_false(message(w, 0));
	low.severity = SEV_MEDIUM;
	happen(w, &low);
	look(w);
	pass(w, 30);
	assert_true(message(w, 0));
	assert_true(says(w, "\"count\":1,"));
}

static void worse_and_opened_again_are_news(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident i = incident(w, 1, SEV_MEDIUM);

	o.gather_s = 0;
	add(w, &o);
	happen(w, &i);
	assert_true(message(w, 0));
	end(w, "");
	i.count++;
	happen(w, &i);
	assert_false(message(w, 0));
	i.severity = SEV_HIGH;
	happen(w, &i);
	assert_true(message(w, 0));
	assert_true(says(w, "\"change\":\"worse\""));
	end(w, "");
	i.state = INCIDENT_CLOSED;
	happen(w, &i);
	assert_false(message(w, 0));
	i.state = INCIDENT_OPEN;
	happen(w, &i);
	assert_true(message(w, 0));
	assert_true(says(w, "\"change\":\"opened\""));
}

static void what_changes_under_way_is_told_next(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident i = incident(w, 1, SEV_MEDIUM);

	o.gather_s = 0;
	add(w, &o);
	happen(w, &i);
	assert_true(message(w, 0));
	i.severity = SEV_CRITICAL;
	happen(w, &i);
	look(w);
	end(w, "");
	assert_true(message(w, 0));
	assert_true(says(w, "\"change\":\"worse\""));
}

static void escalation_stops_when_somebody_takes_it_on(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("pager");
	struct views_incident taken = incident(w, 1, SEV_HIGH), left = incident(w, 2, SEV_HIGH);

	o.after_s = 900;
	add(w, &o);
	happen(w, &taken);
	happen(w, &left);
	look(w);
	pass(w, 899);
	/* That it goes on does not put it off. */
	left.received_us = w->wall_us;
	happen(w, &left);
	assert_false(message(w, 0));
	snprintf(taken.assignee, sizeof(taken.assignee), "ada");
	happen(w, &taken);
	look(w);
	pass(w, 1);
	assert_true(message(w, 0));
	assert_true(says(w, "\"count\":1,"));
	assert_true(says(w, "02020202"));
}

static void gathering_makes_no_escalation_early(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("pager");
	struct views_incident first = incident(w, 1, SEV_HIGH), later = incident(w, 2, SEV_HIGH);

	o.after_s = 900;
	o.gather_s = 3600;
	add(w, &o);
	happen(w, &first);
	look(w);
	pass(w, 3600 - 899);
	later.received_us = w->wall_us;
	happen(w, &later);
	look(w);
	pass(w, 899);
	assert_true(message(w, 0));
	assert_true(says(w, "\"count\":1,"));
}

static void what_is_less_severe_now_waits_for_the_morning(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident i = incident(w, 1, SEV_CRITICAL);

	o.quiet_from = 11 * 60;
	o.quiet_to = 14 * 60;
	o.quiet_severity = SEV_CRITICAL;
	add(w, &o);
	happen(w, &i);
	look(w);
	i.severity = SEV_HIGH;
	happen(w, &i);
	pass(w, 30);
	assert_false(message(w, 0));
	assert_false(message(w, 0));
	assert_true(w->dispatch.next_us == NOON_US + 2 * 3600 * SECOND_US);
}

static void quiet_hours_keep_what_is_not_urgent(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident high = incident(w, 1, SEV_HIGH), critical = incident(w, 2, SEV_CRITICAL);

	o.quiet_from = 11 * 60;
	o.quiet_to = 14 * 60;
	o.quiet_severity = SEV_CRITICAL;
	o.gather_s = 0;
	add(w, &o);
	happen(w, &high);
	assert_false(message(w, 0));
	assert_true(w->dispatch.next_us == NOON_US + 2 * 3600 * SECOND_US);
	happen(w, &critical);
	assert_true(message(w, 0));
	assert_true(says(w, "\"count\":1,"));
	end(w, "");
	pass(w, 2 * 3600);
	assert_true(message(w, 0));
	assert_true(says(w, "01010101"));
}

static void hours_of_a_night_go_over_midnight(void **state)
{
	struct store_output o = {.quiet_from = 22 * 60, .quiet_to = 6 * 60, .quiet_severity = SEV_HIGH};
	int64_t midnight_us = NOON_US + 12 * 3600 * SECOND_US;

	(void)state;
	assert_true(judge_awake(&o, SEV_LOW, NOON_US) == NOON_US);
	assert_true(judge_awake(&o, SEV_LOW, midnight_us - 1) == midnight_us + 6 * 3600 * SECOND_US);
	assert_true(judge_awake(&o, SEV_LOW, midnight_us + 1) == midnight_us + 6 * 3600 * SECOND_US);
	assert_true(judge_awake(&o, SEV_HIGH, midnight_us) == midnight_us);
	o.quiet_to = o.quiet_from;
	assert_true(judge_awake(&o, SEV_LOW, midnight_us) == midnight_us);
}

static void test_says_what_came_of_it_and_counts_as_nothing(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct store_output_state s = {.wanted_us = 5};

	add(w, &o);
	assert_int_equal(store_output_state_put(w->dispatch.store, "ops", &s), ERR_OK);
	assert_true(message(w, 0));
	assert_true(says(w, "\"type\":\"test\""));
	end(w, "no such host");
	assert_int_equal(store_output_state_get(w->dispatch.store, "ops", &s), ERR_OK);
	assert_int_equal(s.tested_us, 5);
	assert_string_equal(s.test, "no such host");
	assert_int_equal(s.failures, 0);
	assert_false(message(w, 0));
}

static void deleted_output_leaves_nothing_to_the_next_of_its_name(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct store_output_state s;
	struct store_output_waiting waiting;
	struct views_incident i = incident(w, 1, SEV_HIGH);

	o.gather_s = 0;
	add(w, &o);
	happen(w, &i);
	assert_true(message(w, 0));
	assert_int_equal(store_output_add(w->dispatch.store, &o), ERR_EXISTS);
	assert_int_equal(store_output_remove(w->dispatch.store, "ops"), ERR_OK);
	assert_int_equal(store_output_remove(w->dispatch.store, "ops"), ERR_NOT_FOUND);
	o.created_us++;
	add(w, &o);
	assert_int_equal(store_output_waiting(w->dispatch.store, "ops", &waiting), ERR_OK);
	assert_int_equal(waiting.count, 0);
	end(w, "");
	assert_int_equal(store_output_state_get(w->dispatch.store, "ops", &s), ERR_OK);
	assert_int_equal(s.messages, 0);
}

static void two_devices_that_use_one_id_are_two_incidents(void **state)
{
	struct world *w = *state;
	struct store_output o = webhook("ops");
	struct views_incident a = incident(w, 1, SEV_HIGH), b = incident(w, 1, SEV_HIGH);

	o.gather_s = 0;
	memset(b.device, 8, STORE_ID);
	add(w, &o);
	happen(w, &a);
	happen(w, &b);
	assert_true(message(w, 0));
	assert_true(says(w, "\"count\":2,"));
}

#define BOTH(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up_memory, tear_down), \
		cmocka_unit_test_setup_teardown(test, set_up_sqlite, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(storm_is_one_message_that_comes_once),
		BOTH(same_message_has_the_same_name_when_it_comes_again),
		BOTH(only_what_is_wanted_is_told),
		BOTH(worse_and_opened_again_are_news),
		BOTH(what_changes_under_way_is_told_next),
		BOTH(escalation_stops_when_somebody_takes_it_on),
		BOTH(gathering_makes_no_escalation_early),
		BOTH(what_is_less_severe_now_waits_for_the_morning),
		BOTH(quiet_hours_keep_what_is_not_urgent),
		cmocka_unit_test(hours_of_a_night_go_over_midnight),
		BOTH(test_says_what_came_of_it_and_counts_as_nothing),
		BOTH(deleted_output_leaves_nothing_to_the_next_of_its_name),
		BOTH(two_devices_that_use_one_id_are_two_incidents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
