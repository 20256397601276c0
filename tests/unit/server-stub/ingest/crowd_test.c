/* SPDX-License-Identifier: Apache-2.0 */
/* Devices make a crowd by bans of one address that are their own and proven, and the crowd makes one incident. */
#include "server-stub/ingest/crowd.h"
#include "server-stub/ingest/follow.h"

#include "agent/base/buf.h"
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define WINDOW_US (3600 * SECOND_US)
#define BEGIN_US (INT64_C(20000) * 86400 * SECOND_US)

static const struct witnesses_terms terms = {3, WINDOW_US, INT64_MAX};

struct world {
	struct witnesses *crowd;
	struct witnesses_found found;
	struct notice notice;
	struct views_incident incident;
	unsigned told;
	int64_t now_us;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->crowd = witnesses_init(calloc(1, witnesses_size()), (struct hash_key){1, 2}, &terms);
	w->now_us = BEGIN_US;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	free(w->crowd);
	free(w);
	return 0;
}

/* What a receipt says; a member that is NULL or 0 is that of a proven ban by a rule. */
struct word {
	const char *addr, *verb, *origin, *result;
	bool unverified;
	enum views_proof proof;
	uint64_t group;
};

static const char * or (const char *given, const char *usual)
{
	return given ? given : usual;
}

/* The device tells of it, a second after what was told last. */
static bool tell(struct world *w, uint8_t device, const struct word *word)
{
	struct views_receipt r = {.device = {device}, .received_us = w->now_us += SECOND_US};
	char memory[256];
	struct buf b = buf_over(memory, sizeof(memory));
	struct crowd_sight sight;

	wire_put_bytes(&b, 1, str_from(or (word->verb, "ban")));
	wire_put_bytes(&b, 2, str_from(or (word->origin, "rule")));
	wire_put_bytes(&b, 3, str_from(or (word->result, "done")));
	wire_put_int(&b, 5, !word->unverified);
	wire_put_bytes(&b, 9, str_from(or (word->addr, "198.51.100.7")));
	r.proof = (uint8_t)(word->proof ? word->proof : PROOF_PENDING);
	r.record = buf_str(&b);
	if (!crowd_sight(&r, &sight))
		return false;
	sight.group = word->group;
	if (!crowd_saw(w->crowd, &sight, &w->found))
		return false;
	crowd_notice(&sight, &w->found, WINDOW_US, &w->notice);
	return true;
}

static void three_devices_are_told_once(void **state)
{
	struct world *w = *state;
	const struct word ban = {0};

	assert_false(tell(w, 1, &ban));
	assert_false(tell(w, 2, &ban));
	assert_true(tell(w, 3, &ban));
	assert_int_equal(w->notice.rule, NOTICE_CROWD);
	assert_int_equal(w->notice.device[0], 3);
	assert_int_equal(w->notice.since_us, BEGIN_US + SECOND_US);
	assert_non_null(strstr(w->notice.text, "198.51.100.7 was banned within an hour by the devices 01000"));
	assert_non_null(strstr(w->notice.text, ", 03000"));
	for (uint8_t device = 1; device < 50; device++)
		assert_false(tell(w, device, &ban));
}

static void one_device_is_one_witness(void **state)
{
	struct world *w = *state;
	const struct word ban = {0};

	for (unsigned i = 0; i < 1000; i++)
		assert_false(tell(w, 1, &ban));
	assert_false(tell(w, 2, &ban));
	assert_false(tell(w, 2, &ban));
	assert_false(tell(w, 1, &ban));
	assert_true(tell(w, 3, &ban));
}

static void only_own_and_proven_bans_count(void **state)
{
	static const struct word others[] = {
		{.verb = "unban"},	   {.verb = "limit"},
		{.origin = "order"},	   {.origin = "playbook"},
		{.origin = "local"},	   {.origin = "immunity"},
		{.origin = "reconciler"},  {.result = "observed"},
		{.result = "already"},	   {.result = "refused"},
		{.unverified = true},	   {.proof = PROOF_NO_PLACE},
		{.proof = PROOF_DISORDER}, {.proof = PROOF_BROKEN},
		{.proof = PROOF_OTHER},	   {.addr = ""},
		{.addr = "here"},	   {.addr = "198.51.100.7/33"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		for (uint8_t device = 1; device < 9; device++)
			assert_false(tell(w, device, &others[i]));
	assert_false(tell(w, 1, &(struct word){.proof = PROOF_PROVEN}));
	assert_false(tell(w, 2, &(struct word){.proof = PROOF_PENDING}));
	assert_true(tell(w, 3, &(struct word){.proof = PROOF_PROVEN}));
}

static void addresses_are_counted_apart(void **state)
{
	struct world *w = *state;

	for (uint8_t device = 1; device < 30; device++) {
		char text[32];

		snprintf(text, sizeof(text), "198.51.100.%u", device);
		assert_false(tell(w, device, &(struct word){.addr = text}));
	}
	assert_false(tell(w, 40, &(struct word){.addr = "2001:db8::/64"}));
	assert_false(tell(w, 41, &(struct word){.addr = "2001:db8::/64"}));
	assert_true(tell(w, 42, &(struct word){.addr = "2001:db8::/64"}));
}

static void what_is_older_than_an_hour_is_forgotten(void **state)
{
	struct world *w = *state;
	const struct word ban = {0};

	assert_false(tell(w, 1, &ban));
	assert_false(tell(w, 2, &ban));
	w->now_us += WINDOW_US;
	assert_false(tell(w, 3, &ban));
	assert_false(tell(w, 4, &ban));
	assert_true(tell(w, 5, &ban));
	/* Another wave, after all of them are out of the window. */
	w->now_us += WINDOW_US;
	assert_false(tell(w, 3, &ban));
	assert_false(tell(w, 4, &ban));
	assert_true(tell(w, 5, &ban));
}

/* A device that makes up addresses by the thousand pushes out single bans, not what two have seen. */
static void flood_of_one_device_pushes_out_no_crowd(void **state)
{
	struct world *w = *state;
	const struct word ban = {0};

	assert_false(tell(w, 1, &ban));
	assert_false(tell(w, 2, &ban));
	for (unsigned i = 0; i < 200000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		w->now_us -= SECOND_US;
		assert_false(tell(w, 9, &(struct word){.addr = text}));
	}
	assert_true(tell(w, 3, &ban));
}

static void groups_are_counted_apart(void **state)
{
	struct world *w = *state;
	const struct word red = {.group = 1}, blue = {.group = 2};

	assert_false(tell(w, 1, &red));
	assert_false(tell(w, 2, &red));
	assert_false(tell(w, 3, &blue));
	assert_false(tell(w, 4, &blue));
	assert_true(tell(w, 5, &red));
	assert_int_equal(w->found.count, 3);
	assert_int_equal(w->found.seen[2].device[0], 5);
	assert_true(tell(w, 6, &blue));
}

static void the_notice_of_more_has_room_for_three(void **state)
{
	struct crowd_sight sight = {.addr = {4, 32, {198, 51, 100, 7}}};
	struct witnesses_found found = {.count = WITNESSES_MAX};
	struct world *w = *state;

	for (uint8_t i = 0; i < WITNESSES_MAX; i++)
		found.seen[i].device[0] = i + 1;
	sight.by = found.seen[WITNESSES_MAX - 1];
	crowd_notice(&sight, &found, 60 * SECOND_US, &w->notice);
	assert_int_equal(w->notice.device[0], WITNESSES_MAX);
	assert_non_null(strstr(w->notice.text, "within 60 s by the devices 06000"));
	assert_non_null(strstr(w->notice.text, "0000 and 5 more"));
}

static void hear(void *context, const struct views_incident *incident)
{
	struct world *w = context;

	w->incident = *incident;
	w->told++;
}

static void crowd_is_one_incident_and_stays_closed(void **state)
{
	struct world *w = *state;
	const struct word ban = {0};
	struct follow follow = {.news = {.context = w, .incident = hear}};

	for (uint8_t device = 1; device < 4; device++)
		(void)tell(w, device, &ban);
	assert_int_equal(store_create(NULL, (const uint8_t[STORE_FLEET]){1}, &follow.store), ERR_OK);
	assert_int_equal(notice_post(follow.store, &w->notice), ERR_OK);
	assert_int_equal(follow_all(&follow), ERR_OK);
	assert_int_equal(w->told, 1);
	assert_string_equal(w->incident.rule_id, "source_on_many");
	assert_int_equal(w->incident.state, INCIDENT_OPEN);
	assert_non_null(strstr(w->incident.evidence, "198.51.100.7"));
	/* The same, found again when views are made anew. */
	assert_int_equal(notice_post(follow.store, &w->notice), ERR_OK);
	assert_int_equal(follow_all(&follow), ERR_OK);
	assert_int_equal(w->told, 1);
	store_close(follow.store);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(three_devices_are_told_once),
		IN_WORLD(one_device_is_one_witness),
		IN_WORLD(only_own_and_proven_bans_count),
		IN_WORLD(addresses_are_counted_apart),
		IN_WORLD(what_is_older_than_an_hour_is_forgotten),
		IN_WORLD(flood_of_one_device_pushes_out_no_crowd),
		IN_WORLD(groups_are_counted_apart),
		IN_WORLD(the_notice_of_more_has_room_for_three),
		IN_WORLD(crowd_is_one_incident_and_stays_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
