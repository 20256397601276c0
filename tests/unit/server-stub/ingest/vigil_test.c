/* SPDX-License-Identifier: Apache-2.0 */
/* Twins are told from a restarted guard, and silence begins and ends one incident. On both kinds of store. */
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/vigil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
#define BEGIN_US (20000 * DAY_US)
#define PATH "/tmp/vigil_test.db"

static const uint8_t device_id[STORE_ID] = {7};

struct world {
	struct store *store;
	struct vigil vigil;
	struct follow follow;
	struct registry_device device;
	struct views_incident last; /* that was told */
	unsigned told;
	int64_t now_us;
};

static void hear(void *context, const struct views_incident *incident)
{
	struct world *w = context;

	w->last = *incident;
	w->told++;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	unlink(PATH);
	assert_int_equal(store_create(*state ? PATH : NULL, (const uint8_t[STORE_FLEET]){1}, &w->store), ERR_OK);
	w->now_us = BEGIN_US;
	w->follow = (struct follow){w->store, {.context = w, .incident = hear}, 0};
	w->vigil = (struct vigil){.store = w->store, .silent_us = 900 * SECOND_US, .begun_us = BEGIN_US};
	w->device.state = DEVICE_APPROVED;
	memcpy(w->device.id, device_id, STORE_ID);
	assert_int_equal(registry_device_put(w->store, &w->device), ERR_OK);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	unlink(PATH);
	free(w);
	return 0;
}

/* A guard of that run says hello; 0: an old one, which has none. */
static void hello(struct world *w, uint8_t run)
{
	struct vigil_hello hello = {.run = {run}, .address = "192.0.2.1", .wall_us = w->now_us += SECOND_US};
	bool changed;

	assert_int_equal(vigil_hello(&w->vigil, &w->device, &hello, &changed), ERR_OK);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
}

/* `seen_us` is what is known of it without a look into the registry. */
static void presence_known(struct world *w, bool connected, int64_t seen_us)
{
	struct registry_presence p = {.connected = connected, .last_seen_us = w->now_us, .address = "192.0.2.1"};

	memcpy(p.device, device_id, STORE_ID);
	assert_int_equal(vigil_presence(&w->vigil, &p, seen_us), ERR_OK);
	assert_int_equal(registry_device_presence(w->store, &p), ERR_OK);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
}

static void presence(struct world *w, bool connected)
{
	presence_known(w, connected, 0);
}

static void sweep_after(struct world *w, int64_t seconds)
{
	w->now_us += seconds * SECOND_US;
	assert_int_equal(vigil_sweep(&w->vigil, w->now_us), ERR_OK);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
}

static void guard_that_starts_again_and_again_is_no_twin(void **state)
{
	struct world *w = *state;

	for (uint8_t run = 1; run < 100; run++)
		for (unsigned i = 0; i < 3; i++)
			hello(w, run);
	for (unsigned i = 0; i < 100; i++)
		hello(w, 0);
	assert_int_equal(w->told, 0);
}

/* The last hello of a run was read after the first of the next, which is displaced by it and comes again. */
static void late_hello_makes_no_twin(void **state)
{
	struct world *w = *state;

	hello(w, 1);
	hello(w, 2);
	hello(w, 1);
	hello(w, 2);
	for (unsigned i = 3; i < 9; i++)
		hello(w, (uint8_t)i);
	assert_int_equal(w->told, 0);
}

static void twins_are_one_incident_a_day(void **state)
{
	struct world *w = *state;
	uint8_t id[STORE_ID];

	for (unsigned i = 0; i < 5; i++)
		hello(w, (uint8_t)(1 + i % 2));
	assert_int_equal(w->told, 1);
	assert_string_equal(w->last.rule_id, "identity_twins");
	assert_int_equal(w->last.state, INCIDENT_OPEN);
	assert_non_null(strstr(w->last.evidence, "192.0.2.1"));
	memcpy(id, w->last.id, STORE_ID);
	hello(w, 2);
	assert_int_equal(w->last.count, 2);
	assert_memory_equal(w->last.id, id, STORE_ID);
	w->now_us += DAY_US;
	hello(w, 1);
	assert_memory_not_equal(w->last.id, id, STORE_ID);
}

static void three_of_a_kind_are_seen_too(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 9; i++)
		hello(w, (uint8_t)(1 + i % 3));
	assert_true(w->told > 0);
}

static void silence_is_one_incident_that_ends(void **state)
{
	struct world *w = *state;

	presence(w, true);
	sweep_after(w, 5000); /* connected: however long ago its last record was */
	assert_int_equal(w->told, 0);
	presence(w, false);
	sweep_after(w, 899);
	assert_int_equal(w->told, 0);
	sweep_after(w, 1);
	assert_int_equal(w->told, 1);
	assert_string_equal(w->last.rule_id, "device_silent");
	assert_int_equal(w->last.state, INCIDENT_OPEN);
	for (unsigned i = 0; i < 10; i++)
		sweep_after(w, 900);
	assert_int_equal(w->told, 1);
	presence(w, true);
	assert_int_equal(w->told, 2);
	assert_int_equal(w->last.state, INCIDENT_CLOSED);
	assert_int_equal(w->last.count, 1);
	presence(w, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 3);
}

static void short_absence_is_no_silence(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 20; i++) {
		presence(w, true);
		sweep_after(w, 10);
		presence(w, false);
		sweep_after(w, 600);
	}
	assert_int_equal(w->told, 0);
}

/* A gateway knows when it was seen by a look that may be older than what was written meanwhile. */
static void old_sighting_is_not_taken_for_silence(void **state)
{
	struct world *w = *state;
	int64_t first_us = w->now_us;

	presence(w, true);
	w->now_us += DAY_US;
	presence(w, false);
	w->now_us += SECOND_US;
	presence_known(w, true, first_us);
	assert_int_equal(w->told, 0);
	presence(w, false);
	first_us = w->now_us;
	sweep_after(w, 901);
	assert_int_equal(w->told, 1);
	presence_known(w, true, first_us);
	assert_int_equal(w->told, 2);
	assert_int_equal(w->last.state, INCIDENT_CLOSED);
}

/* While the service was away nobody could be heard. */
static void restarted_service_gives_devices_their_time(void **state)
{
	struct world *w = *state;

	presence(w, true);
	w->now_us += DAY_US;
	w->vigil = (struct vigil){.store = w->store, .silent_us = 900 * SECOND_US, .begun_us = w->now_us};
	assert_int_equal(registry_device_absent_all(w->store), ERR_OK);
	sweep_after(w, 899);
	assert_int_equal(w->told, 0);
	sweep_after(w, 1);
	assert_int_equal(w->told, 1);
	/* It is known already, and again after the next restart. */
	w->vigil = (struct vigil){.store = w->store, .silent_us = 900 * SECOND_US, .begun_us = w->now_us};
	sweep_after(w, 900);
	assert_int_equal(w->told, 1);
	presence(w, true);
	assert_int_equal(w->last.state, INCIDENT_CLOSED);
}

static void those_that_are_not_ours_are_not_missed(void **state)
{
	struct world *w = *state;

	sweep_after(w, 100000); /* it has never been here */
	presence(w, true);
	presence(w, false);
	w->device.state = DEVICE_REVOKED;
	w->device.last_seen_us = w->now_us;
	assert_int_equal(registry_device_put(w->store, &w->device), ERR_OK);
	sweep_after(w, 100000);
	w->vigil.silent_us = 0;
	sweep_after(w, 100000);
	assert_int_equal(w->told, 0);
}

/* Devices 1 to `count` of a fleet, all connected or not. */
static void fleet(struct world *w, unsigned from, unsigned count, bool connected)
{
	struct registry_device d = {.state = DEVICE_APPROVED};
	struct registry_presence p = {.connected = connected, .last_seen_us = w->now_us, .address = "192.0.2.1"};

	for (unsigned i = from; i < from + count; i++) {
		d.id[0] = p.device[0] = 9;
		d.id[1] = p.device[1] = (uint8_t)i;
		if (connected)
			assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
		assert_int_equal(vigil_presence(&w->vigil, &p, 0), ERR_OK);
		assert_int_equal(registry_device_presence(w->store, &p), ERR_OK);
	}
	assert_int_equal(follow_all(&w->follow), ERR_OK);
}

static bool last_is(const struct world *w, const char *rule, enum views_incident_state state)
{
	return strcmp(w->last.rule_id, rule) == 0 && w->last.state == state;
}

static void many_that_fall_silent_at_a_time_are_one_incident(void **state)
{
	struct world *w = *state;
	uint8_t id[STORE_ID];

	fleet(w, 0, 20, true);
	fleet(w, 0, 3, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 4);
	assert_true(last_is(w, "silent_on_many", INCIDENT_OPEN));
	assert_non_null(strstr(w->last.evidence, "3 devices"));
	assert_non_null(strstr(w->last.evidence, "09020000"));
	memcpy(id, w->last.id, STORE_ID);
	/* More follow them: the same incident, until most of them are back. */
	sweep_after(w, 20);
	fleet(w, 3, 2, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 6); /* each alone; too far from the others to be of one time */
	fleet(w, 0, 1, true);
	sweep_after(w, 20);
	assert_false(last_is(w, "silent_on_many", INCIDENT_CLOSED));
	fleet(w, 1, 1, true);
	sweep_after(w, 20);
	assert_true(last_is(w, "silent_on_many", INCIDENT_CLOSED));
	assert_memory_equal(w->last.id, id, STORE_ID);
}

static void many_that_follow_many_are_of_the_same_incident(void **state)
{
	struct world *w = *state;
	uint8_t id[STORE_ID];

	fleet(w, 0, 20, true);
	fleet(w, 0, 3, false);
	w->now_us += 200 * SECOND_US;
	fleet(w, 3, 4, false);
	sweep_after(w, 701);
	assert_true(last_is(w, "silent_on_many", INCIDENT_OPEN));
	memcpy(id, w->last.id, STORE_ID);
	sweep_after(w, 200);
	assert_memory_equal(w->last.id, id, STORE_ID);
	assert_int_equal(w->last.count, 2);
	assert_non_null(strstr(w->last.evidence, "7 devices"));
}

/* A second crowd of them leaves no incident behind that nothing ends. */
static void more_that_fall_silent_later_end_with_the_first(void **state)
{
	struct world *w = *state;
	struct views_incident first;

	fleet(w, 0, 20, true);
	fleet(w, 0, 3, false);
	sweep_after(w, 901);
	assert_true(last_is(w, "silent_on_many", INCIDENT_OPEN));
	first = w->last;
	fleet(w, 3, 3, false);
	sweep_after(w, 901);
	assert_true(last_is(w, "silent_on_many", INCIDENT_OPEN));
	fleet(w, 0, 6, true);
	sweep_after(w, 20);
	assert_int_equal(views_incident_of(w->store, first.device, first.id, &first), ERR_OK);
	assert_int_equal(first.state, INCIDENT_CLOSED);
}

static void silence_that_a_person_closed_stays_closed(void **state)
{
	struct world *w = *state;
	struct views_incident i;

	presence(w, true);
	presence(w, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 1);
	i = w->last;
	i.state = INCIDENT_CLOSED;
	assert_int_equal(views_incident_put(w->store, &i), ERR_OK);
	w->vigil = (struct vigil){.store = w->store, .silent_us = 900 * SECOND_US, .begun_us = w->now_us};
	sweep_after(w, 901);
	assert_int_equal(w->told, 1);
	assert_int_equal(views_incident_of(w->store, i.device, i.id, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	/* The next silence is another. */
	presence(w, true);
	presence(w, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 2);
	assert_true(last_is(w, "device_silent", INCIDENT_OPEN));
}

static void start_of_the_service_ends_no_silence_of_many(void **state)
{
	struct world *w = *state;
	struct views_incident first;

	fleet(w, 0, 20, true);
	fleet(w, 0, 6, false);
	sweep_after(w, 901);
	assert_true(last_is(w, "silent_on_many", INCIDENT_OPEN));
	first = w->last;
	w->vigil = (struct vigil){.store = w->store, .silent_us = 900 * SECOND_US, .begun_us = w->now_us};
	sweep_after(w, 901);
	assert_int_equal(views_incident_of(w->store, first.device, first.id, &first), ERR_OK);
	assert_int_equal(first.state, INCIDENT_OPEN);
	assert_int_equal(first.count, 1);
	fleet(w, 0, 4, true);
	sweep_after(w, 20);
	assert_int_equal(views_incident_of(w->store, first.device, first.id, &first), ERR_OK);
	assert_int_equal(first.state, INCIDENT_CLOSED);
}

static void few_of_many_are_each_their_own(void **state)
{
	struct world *w = *state;

	fleet(w, 0, 100, true);
	fleet(w, 0, 9, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 9);
	w->now_us += DAY_US;
	fleet(w, 100, 3, true);
	fleet(w, 100, 2, false);
	sweep_after(w, 901);
	assert_int_equal(w->told, 11);
}

static void those_that_went_at_other_times_are_not_many(void **state)
{
	struct world *w = *state;

	fleet(w, 0, 8, true);
	for (unsigned i = 0; i < 5; i++) {
		fleet(w, i, 1, false);
		sweep_after(w, 400);
	}
	sweep_after(w, 901);
	assert_int_equal(w->told, 5);
	assert_string_equal(w->last.rule_id, "device_silent");
}

/* It knows its id, and how ours are made. */
static void device_that_takes_the_incidents_name_before_gains_nothing(void **state)
{
	struct world *w = *state;
	struct notice n = {.rule = NOTICE_SUPERSEDED, .episode = 5, .wall_us = w->now_us, .text = "seen"};
	struct views_incident forged;

	memcpy(n.device, device_id, STORE_ID);
	assert_int_equal(notice_post(w->store, &n), ERR_OK);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	forged = w->last;
	forged.state = INCIDENT_CLOSED;
	memcpy(forged.rule_id, "mine", sizeof("mine"));
	memcpy(forged.title, "nothing happened", sizeof("nothing happened"));
	assert_int_equal(views_incident_put(w->store, &forged), ERR_OK);
	assert_int_equal(notice_post(w->store, &n), ERR_OK);
	assert_int_equal(follow_all(&w->follow), ERR_OK);
	assert_int_equal(w->last.state, INCIDENT_OPEN);
	assert_string_equal(w->last.rule_id, "identity_superseded");
	assert_string_equal(w->last.evidence, "seen");
	assert_true(notice_is_ours("identity_superseded"));
	assert_false(notice_is_ours("mine"));
	assert_false(notice_is_ours(""));
}

static void incidents_come_back_with_views_made_anew(void **state)
{
	struct world *w = *state;
	struct views_incident before, after;

	presence(w, true);
	presence(w, false);
	sweep_after(w, 901);
	assert_int_equal(views_incident_of(w->store, device_id, w->last.id, &before), ERR_OK);
	assert_int_equal(follow_rebuild(&w->follow), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, w->last.id, &after), ERR_OK);
	assert_int_equal(after.state, INCIDENT_OPEN);
	assert_int_equal(after.count, before.count);
	assert_int_equal(after.first_us, before.first_us);
	assert_string_equal(after.rule_id, before.rule_id);
	assert_string_equal(after.evidence, before.evidence);
}

int main(void)
{
	static int file;
#define TEST(name)                                                                \
	cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, &file), \
		cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, NULL)
	const struct CMUnitTest tests[] = {
		TEST(guard_that_starts_again_and_again_is_no_twin),
		TEST(late_hello_makes_no_twin),
		TEST(twins_are_one_incident_a_day),
		TEST(three_of_a_kind_are_seen_too),
		TEST(silence_is_one_incident_that_ends),
		TEST(short_absence_is_no_silence),
		TEST(old_sighting_is_not_taken_for_silence),
		TEST(restarted_service_gives_devices_their_time),
		TEST(those_that_are_not_ours_are_not_missed),
		TEST(many_that_fall_silent_at_a_time_are_one_incident),
		TEST(many_that_follow_many_are_of_the_same_incident),
		TEST(more_that_fall_silent_later_end_with_the_first),
		TEST(silence_that_a_person_closed_stays_closed),
		TEST(start_of_the_service_ends_no_silence_of_many),
		TEST(few_of_many_are_each_their_own),
		TEST(those_that_went_at_other_times_are_not_many),
		TEST(incidents_come_back_with_views_made_anew),
		TEST(device_that_takes_the_incidents_name_before_gains_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
