/* SPDX-License-Identifier: Apache-2.0 */
/* An account with a default password is an incident from when the audit finds it until it finds it no more. */
#include "tests/unit/agent/core/bench.h"

#include "agent/common/exposure_sample.h"
#include "agent/sensors/sensors.h"

#define PASSWORDS 1

static void sample(struct bench *b, uint8_t kind, const char *id, const char *account)
{
	struct exposure_sample s = {.version = EXPOSURE_SAMPLE_VERSION, .kind = kind, .check = PASSWORDS};

	s.severity = SEV_CRITICAL;
	s.account = 1;
	snprintf(s.id, sizeof(s.id), "%s", id);
	snprintf(s.object, sizeof(s.object), "%s", account);
	feed(b, &(struct input){.kind = INPUT_SAMPLE,
				.source = SENSORS_SOURCE_EXPOSURE,
				.bytes = {(const char *)&s, sizeof(s)}});
}

static void found(struct bench *b, const char *account)
{
	sample(b, EXPOSURE_SAMPLE_FOUND, "default_password", account);
}

static void round_ends(struct bench *b)
{
	sample(b, EXPOSURE_SAMPLE_DONE, "", "");
}

static void has_playbooks(struct bench *b)
{
	struct actor_health h = {.playbooks = 1, .playbooks_doubt = true};

	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &h});
}

static bool is_open(struct bench *b)
{
	return strstr(ask(b, "incidents", false), "default_password") != NULL;
}

static void it_opens_and_ends_with_what_the_audit_says(void **state)
{
	struct bench *b = *state;

	has_playbooks(b);
	found(b, "pi");
	assert_int_equal(b->findings, 1);
	assert_string_equal(b->rule[0], "default_password");
	assert_string_equal(b->about[0], "|account|pi");
	assert_int_equal(b->state[0], CALTROP__V1__FINDING__STATE__OPENED);
	/* No log told of it, so no witness is waited for. */
	assert_int_equal(b->plays, 1);
	assert_string_equal(b->play[0].account, "pi");
	assert_int_equal(b->play[0].witness, PLAY_WITNESSED);
	round_ends(b);
	wait_us(b, 12 * HOUR_US);
	found(b, "pi");
	round_ends(b);
	assert_true(is_open(b));
	assert_int_equal(b->findings, 1);
	round_ends(b);
	assert_false(is_open(b));
	assert_int_equal(b->findings, 2);
	assert_int_equal(b->state[1], CALTROP__V1__FINDING__STATE__CLOSED);
	assert_memory_equal(b->incident[1], b->incident[0], 16);
	/* Again, and at once: the same incident, and the playbooks run again. */
	found(b, "pi");
	assert_int_equal(b->state[2], CALTROP__V1__FINDING__STATE__REOPENED);
	assert_int_equal(b->plays, 2);
}

static void what_could_not_be_tried_opens_and_ends_nothing(void **state)
{
	struct bench *b = *state;

	sample(b, EXPOSURE_SAMPLE_SKIPPED, "default_password", "pi");
	assert_int_equal(b->findings, 0);
	found(b, "pi");
	sample(b, EXPOSURE_SAMPLE_SKIPPED, "default_password", "pi");
	assert_int_equal(b->findings, 1);
	assert_true(is_open(b));
	sample(b, EXPOSURE_SAMPLE_FOUND, "weak_hash", "pi");
	assert_int_equal(b->findings, 1);
	sample(b, EXPOSURE_SAMPLE_FOUND, "empty_password", "ann");
	assert_int_equal(b->findings, 2);
	assert_string_equal(b->rule[1], "empty_password");
}

static void each_account_has_its_own_end(void **state)
{
	struct bench *b = *state;

	found(b, "pi");
	found(b, "ann");
	assert_int_equal(b->findings, 2);
	round_ends(b);
	found(b, "ann");
	round_ends(b);
	assert_int_equal(b->findings, 3);
	assert_string_equal(b->about[2], "|account|pi");
	assert_int_equal(b->state[2], CALTROP__V1__FINDING__STATE__CLOSED);
	assert_true(is_open(b));
}

static void a_core_that_starts_anew_believes_the_next_audit(void **state)
{
	struct bench *b = *state;

	has_playbooks(b);
	found(b, "pi");
	found(b, "ann");
	wait_us(b, 24 * HOUR_US);
	save(b);
	restart(b, 24 * HOUR_US, true);
	has_playbooks(b);
	wait_us(b, MINUTE_US);
	assert_int_equal(b->findings, 0);
	assert_true(is_open(b));
	found(b, "pi");
	round_ends(b);
	wait_us(b, 30 * 24 * HOUR_US);
	/* It was fixed meanwhile, and nobody says so. */
	unsigned closed = 0;

	for (unsigned i = 0; i < b->findings; i++)
		if (b->state[i] == CALTROP__V1__FINDING__STATE__CLOSED) {
			assert_string_equal(b->about[i], "|account|ann");
			closed++;
		}
	assert_int_equal(closed, 1);
	assert_true(is_open(b));
	/* Of the other one, playbooks have run already. */
	assert_int_equal(b->plays, 2);
	round_ends(b);
	assert_false(is_open(b));
}

static void a_flood_of_other_findings_does_not_end_it(void **state)
{
	struct bench *b = *state;
	char addr[64];

	found(b, "pi");
	for (unsigned i = 0; i < 2 * b->limits.incidents_max; i++) {
		snprintf(addr, sizeof(addr), "198.51.%u.%u", i / 250, 1 + i % 250);
		brute_force(b, addr);
		wait_us(b, SECOND_US);
	}
	assert_true(is_open(b));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_opens_and_ends_with_what_the_audit_says),
		TEST(what_could_not_be_tried_opens_and_ends_nothing),
		TEST(each_account_has_its_own_end),
		TEST(a_core_that_starts_anew_believes_the_next_audit),
		TEST(a_flood_of_other_findings_does_not_end_it),
	};

	if (!IS_ENABLED(CONFIG_SENSOR_EXPOSURE) || !IS_ENABLED(CONFIG_PLAYBOOKS))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
