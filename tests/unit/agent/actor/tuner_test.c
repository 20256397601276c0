/* SPDX-License-Identifier: Apache-2.0 */
/* Trials of the service's settings: kept when the service is heard, and taken back for any other reason. */
#include "agent/actor/tuner.h"

#include "agent/actor/hup.h"
#include "agent/actor/sys/object_file.h"
#include "agent/base/key.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define S SECOND_US

static char conf[96];

/* The device's own settings; caltropd reads them with each trial. */
static void own(const char *more)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[auth]\nfiles = /var/log/x.log\n[response]\nmode = observe\nconfirm_time = 60s\n%s", more);
	bare_put(&bare, "conf", text);
}

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	own("");
	snprintf(conf, sizeof(conf), "%s/conf", bare.dir);
	hup_init(conf);
	assert_true(hup_reload(&bare.actor));
	assert_int_equal(mkdirat(bare.actor.objects.dir, TUNING_KIND, 0755), 0);
	return 0;
}

/* It is in place, as the worker puts it there. */
static void arrives(uint64_t version, const char *text)
{
	struct object_file_job job = {.name = TUNING_OBJECT, .claim = {.version = version}};

	bare_put(&bare, "core/in", text);
	job.from = openat(bare.actor.child.fds[CORE_FD_STATE], "in", O_RDONLY);
	job.dir = openat(bare.actor.objects.dir, TUNING_KIND, O_RDONLY | O_DIRECTORY);
	job.claim.size = (uint32_t)strlen(text);
	key_sha256(text, strlen(text), job.claim.sha256);
	assert_int_equal(object_file_put(&job), ERR_OK);
	close(job.from);
	close(job.dir);
	tuning_arrived(&bare.actor, NULL);
}

/* A core was started at that time and serves. */
static void core_starts(int64_t mono_us)
{
	bare.actor.child.starts++;
	bare.actor.child.started_us = mono_us;
	bare.actor.child.pid = getpid();
	bare.actor.ready = true;
}

/* The pid is this program's: nothing here may signal it. */
static void core_is_gone(void)
{
	bare.actor.child.pid = 0;
}

/* caltropd starts anew. */
static void starts_anew(void)
{
	memset(&bare.actor.tuning, 0, sizeof(bare.actor.tuning));
	memset(&bare.actor.health, 0, sizeof(bare.actor.health));
	tuner_open(&bare.actor);
}

static void begin_trial(uint64_t version, const char *text)
{
	arrives(version, text);
	tuner_continue(&bare.actor, 10 * S);
	core_starts(11 * S);
}

static void pass_trial(void)
{
	tuner_heard(&bare.actor);
	tuner_continue(&bare.actor, 16 * S);
	core_is_gone();
}

static bool says(const char *why)
{
	return strstr(bare.actor.health.tuning_why, why) != NULL;
}

static void they_are_kept_when_the_service_is_heard(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nmode = enforce\n");
	assert_int_equal(bare.actor.settings.mode, MODE_ENFORCE);
	assert_int_equal(bare.actor.health.tuning_version, 0);
	tuner_heard(&bare.actor);
	tuner_continue(&bare.actor, 15 * S);
	assert_int_equal(bare.actor.health.tuning_version, 0);
	assert_int_equal(tuner_next_us(&bare.actor), 16 * S);
	tuner_continue(&bare.actor, 16 * S);
	assert_int_equal(bare.actor.health.tuning_version, 7);
	assert_int_equal(tuner_next_us(&bare.actor), INT64_MAX);
	core_is_gone();
	starts_anew();
	assert_int_equal(bare.actor.settings.mode, MODE_ENFORCE);
	assert_int_equal(bare.actor.health.tuning_version, 7);
	assert_string_equal(bare.actor.health.tuning_why, "");
}

static void a_core_of_before_proves_nothing(void **state)
{
	(void)state;
	core_starts(S);
	core_is_gone();
	arrives(7, "[response]\nmode = enforce\n");
	tuner_continue(&bare.actor, 10 * S);
	tuner_heard(&bare.actor);
	tuner_continue(&bare.actor, 20 * S);
	assert_int_equal(bare.actor.health.tuning_version, 0);
}

static void they_are_taken_back_when_it_is_not(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nmode = enforce\n");
	core_is_gone();
	assert_int_equal(tuner_next_us(&bare.actor), 70 * S);
	tuner_continue(&bare.actor, 70 * S);
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	assert_true(says("version 7: the service was not heard"));
	/* Nor tried again, also not after a restart, until there is a newer one. */
	tuning_arrived(&bare.actor, NULL);
	tuner_continue(&bare.actor, 80 * S);
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	starts_anew();
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	begin_trial(8, "[response]\nmode = enforce\n");
	pass_trial();
	assert_int_equal(bare.actor.health.tuning_version, 8);
	assert_string_equal(bare.actor.health.tuning_why, "");
}

static void a_core_that_ends_takes_them_back_at_once(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nban_time = 20m\n");
	pass_trial();
	begin_trial(8, "[response]\nmode = enforce\n");
	core_is_gone();
	tuner_crashed(&bare.actor, "was ended by signal 11");
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	assert_int_equal(bare.actor.settings.ban_s, 1200);
	assert_int_equal(bare.actor.health.tuning_version, 7);
	assert_true(says("version 8: the core was ended by signal 11"));
}

static void a_guard_that_ends_on_trial_begins_with_what_was_kept(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nban_time = 20m\n");
	pass_trial();
	begin_trial(8, "[response]\nmode = enforce\n");
	core_is_gone();
	assert_true(hup_reload(&bare.actor)); /* which keeps what is on trial */
	assert_int_equal(bare.actor.settings.mode, MODE_ENFORCE);
	bare.actor.settings.mode = MODE_OBSERVE;
	bare.actor.settings.ban_s = 600;
	starts_anew();
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	assert_int_equal(bare.actor.settings.ban_s, 1200);
	assert_true(says("version 8: the guard ended while they were on trial"));
}

static void those_that_do_not_fit_change_nothing(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nban_time = 20m\n");
	pass_trial();
	arrives(8, "[response]\nmode = enforce\n[guard]\nuser = root\n");
	tuner_continue(&bare.actor, 30 * S);
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	assert_int_equal(bare.actor.settings.ban_s, 1200);
	assert_true(says("version 8: line 4: [guard] user"));
	assert_int_equal(tuner_next_us(&bare.actor), INT64_MAX);
}

static void the_device_can_say_no(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nmode = enforce\n");
	pass_trial();
	own("[objects]\ntuning = no\n");
	assert_true(hup_reload(&bare.actor));
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	assert_true(says("[objects] tuning is off"));
}

static void a_damaged_file_is_told_of(void **state)
{
	(void)state;
	begin_trial(7, "[response]\nmode = enforce\n");
	pass_trial();
	bare.actor.settings.mode = MODE_OBSERVE;
	bare_put(&bare, "actor/tuning", "CTS1 and something else");
	starts_anew();
	assert_int_equal(bare.actor.settings.mode, MODE_OBSERVE);
	assert_true(says("version 0"));
}

static void what_was_in_place_when_the_guard_ended_is_tried(void **state)
{
	(void)state;
	starts_anew();
	tuner_continue(&bare.actor, 9 * S);
	assert_false(bare.actor.tuning.on_trial);
	assert_string_equal(bare.actor.health.tuning_why, "");
	arrives(7, "[response]\nmode = enforce\n");
	starts_anew();
	assert_int_equal(tuner_next_us(&bare.actor), 0);
	tuner_continue(&bare.actor, 10 * S);
	assert_int_equal(bare.actor.settings.mode, MODE_ENFORCE);
	core_starts(11 * S);
	pass_trial();
	assert_int_equal(bare.actor.health.tuning_version, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(they_are_kept_when_the_service_is_heard, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(a_core_of_before_proves_nothing, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(they_are_taken_back_when_it_is_not, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(a_core_that_ends_takes_them_back_at_once, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(a_guard_that_ends_on_trial_begins_with_what_was_kept, set_up,
						bare_tear_down),
		cmocka_unit_test_setup_teardown(those_that_do_not_fit_change_nothing, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(the_device_can_say_no, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_told_of, set_up, bare_tear_down),
		cmocka_unit_test_setup_teardown(what_was_in_place_when_the_guard_ended_is_tried, set_up,
						bare_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
