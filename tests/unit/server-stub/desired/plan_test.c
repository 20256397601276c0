/* SPDX-License-Identifier: Apache-2.0 */
/* What a device lacks, who comes first, and when the next wave may begin. */
#include "server-stub/desired/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MANY 1000

static const struct plan_item rules = {.kind = "rules", .name = "pack", .sha256 = {1}};
static const struct plan_item settings = {.kind = TUNING_KIND, .name = TUNING_OBJECT, .sha256 = {1}};
static const struct plan_item gone = {.kind = "playbook", .name = "old", .sha256 = {1}, .goes = true};
static struct plan_device devices[MANY];

static enum plan_state judge(const struct plan_item *item, struct plan_kept kept, struct plan_tuning tuning)
{
	return plan_judge(item, &kept, &tuning);
}

static void a_device_lacks_what_it_never_got_or_got_otherwise(void **state)
{
	const struct plan_tuning none = {0, 0};

	(void)state;
	assert_int_equal(plan_judge(&rules, NULL, &none), PLAN_MISSING);
	assert_int_equal(plan_judge(&gone, NULL, &none), PLAN_SAME);
	assert_int_equal(judge(&rules, (struct plan_kept){{1}, 7, PLAN_DONE}, none), PLAN_SAME);
	assert_int_equal(judge(&rules, (struct plan_kept){{2}, 7, PLAN_DONE}, none), PLAN_OTHER);
	assert_int_equal(judge(&rules, (struct plan_kept){{1}, 7, PLAN_PENDING}, none), PLAN_WAITS);
	assert_int_equal(judge(&rules, (struct plan_kept){{1}, 7, PLAN_FAILED}, none), PLAN_REFUSED);
	assert_int_equal(judge(&rules, (struct plan_kept){{2}, 7, PLAN_FAILED}, none), PLAN_OTHER);
	assert_false(plan_sends(PLAN_SAME) || plan_sends(PLAN_WAITS));
	assert_true(plan_sends(PLAN_MISSING) && plan_sends(PLAN_OTHER) && plan_sends(PLAN_REFUSED) &&
		    plan_sends(PLAN_BACK));
}

/* That a device stored them is no success: they are on trial first. */
static void settings_count_when_they_are_in_force(void **state)
{
	const struct plan_kept kept = {{1}, 7, PLAN_DONE};

	(void)state;
	assert_int_equal(judge(&settings, kept, (struct plan_tuning){0, 0}), PLAN_WAITS);
	assert_int_equal(judge(&settings, kept, (struct plan_tuning){6, 0}), PLAN_WAITS);
	assert_int_equal(judge(&settings, kept, (struct plan_tuning){6, 5}), PLAN_WAITS);
	assert_int_equal(judge(&settings, kept, (struct plan_tuning){6, 7}), PLAN_BACK);
	assert_int_equal(judge(&settings, kept, (struct plan_tuning){7, 0}), PLAN_SAME);
}

static void draw(const struct desired *d, unsigned count)
{
	memset(devices, 0, sizeof(devices));
	for (unsigned i = 0; i < count; i++) {
		devices[i].id[0] = (uint8_t)i;
		devices[i].id[1] = (uint8_t)(i >> 8);
	}
	plan_waves(d, devices, count);
}

static unsigned in_wave(unsigned wave, unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		n += devices[i].wave == wave;
	return n;
}

static void waves_reach_as_many_as_they_say(void **state)
{
	struct desired d = {.group = "a", .wave_count = 4, .waves = {{1, false}, {10, true}, {50, true}, {100, true}}};

	(void)state;
	draw(&d, MANY);
	assert_int_equal(in_wave(0, MANY), 1);
	assert_int_equal(in_wave(1, MANY), 99);
	assert_int_equal(in_wave(2, MANY), 400);
	assert_int_equal(in_wave(3, MANY), 500);
	draw(&d, 1);
	assert_int_equal(in_wave(0, 1), 1);
	draw(&d, 3);
	assert_int_equal(in_wave(0, 3) + in_wave(2, 3) + in_wave(3, 3), 3);
	assert_int_equal(in_wave(3, 3), 1);
	/* Who is in no wave that was named is in the last one. */
	d = (struct desired){.group = "a", .wave_count = 2, .waves = {{1, false}, {2, false}}};
	draw(&d, 10);
	assert_int_equal(in_wave(0, 10), 1);
	assert_int_equal(in_wave(1, 10), 9);
}

/* A run that is taken up again has the same waves, and not every group has the same first victim. */
static void waves_are_the_same_each_time_and_others_for_each_group(void **state)
{
	struct desired d = {.group = "a", .wave_count = 2, .waves = {{1, false}, {100, true}}};
	uint8_t first[16];

	(void)state;
	draw(&d, MANY);
	memcpy(first, devices[0].id, sizeof(first));
	draw(&d, MANY);
	assert_memory_equal(first, devices[0].id, sizeof(first));
	snprintf(d.group, sizeof(d.group), "b");
	draw(&d, MANY);
	assert_memory_not_equal(first, devices[0].id, sizeof(first));
}

static void a_gate_opens_for_proof_only(void **state)
{
	(void)state;
	assert_int_equal(plan_gate(&(struct plan_wave){.same = 3}), PLAN_GO);
	assert_int_equal(plan_gate(&(struct plan_wave){.same = 1, .away = 3}), PLAN_GO);
	assert_int_equal(plan_gate(&(struct plan_wave){0}), PLAN_GO);
	assert_int_equal(plan_gate(&(struct plan_wave){.away = 1}), PLAN_NOBODY);
	assert_int_equal(plan_gate(&(struct plan_wave){.same = 3, .waits = 1}), PLAN_HOLD);
	assert_int_equal(plan_gate(&(struct plan_wave){.same = 90, .waits = 1, .failed = 1}), PLAN_STOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_lacks_what_it_never_got_or_got_otherwise),
		cmocka_unit_test(settings_count_when_they_are_in_force),
		cmocka_unit_test(waves_reach_as_many_as_they_say),
		cmocka_unit_test(waves_are_the_same_each_time_and_others_for_each_group),
		cmocka_unit_test(a_gate_opens_for_proof_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
