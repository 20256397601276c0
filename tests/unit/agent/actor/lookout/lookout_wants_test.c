/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/lookout/lookout_wants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct lookout_wants wants;
static struct settings settings;

static const struct lookout_want *read_one(const char *path)
{
	static const char *const own[2] = {"", NULL};

	settings_default(&settings);
	snprintf(settings.watched[0], SETTINGS_PATH_MAX, "%s", path);
	lookout_wants_read(&wants, &settings, own);
	assert_int_equal(wants.count, 1);
	return &wants.rows[0];
}

static void a_path_is_a_directory_and_a_name(void **state)
{
	const struct lookout_want *w = read_one("/etc/motd");

	(void)state;
	assert_string_equal(w->path, "/etc");
	assert_string_equal(w->name, "motd");
	assert_true(lookout_wants_name(w, STR("motd")));
	assert_false(lookout_wants_name(w, STR("motd~")));
	assert_true(w->asked);
	w = read_one("/srv/x/");
	assert_string_equal(w->path, "/srv/x");
	assert_true(lookout_wants_name(w, STR("anything")));
	assert_false(w->below);
	w = read_one("/srv/x/**");
	assert_string_equal(w->path, "/srv/x");
	assert_true(w->below);
	w = read_one("~/.ssh/");
	assert_string_equal(w->path, "/.ssh");
	assert_true(w->home);
	w = read_one("~/.profile");
	assert_string_equal(w->path, "");
	assert_string_equal(w->name, ".profile");
}

/* The guard's own list has room beside as many paths as the settings take, and knows the guard. */
static void the_usual_list_fits(void **state)
{
	static const char *const own[2] = {"/usr/sbin/caltropd", "/usr/libexec/caltrop-core"};
	bool guard = false;

	(void)state;
	settings_default(&settings);
	for (unsigned i = 1; i < SETTINGS_WATCHED_MAX; i++)
		snprintf(settings.watched[i], SETTINGS_PATH_MAX, "/srv/%u", i);
	settings.watched_count = SETTINGS_WATCHED_MAX;
	lookout_wants_read(&wants, &settings, own);
	for (unsigned i = 0; i < SETTINGS_BAITS_MAX; i++)
		snprintf(settings.baits[i], SETTINGS_PATH_MAX, "/srv/decoy%u", i);
	settings.bait_count = SETTINGS_BAITS_MAX;
	lookout_wants_read(&wants, &settings, own);
	assert_string_equal(wants.rows[0].name, "decoy0");
	assert_int_equal(wants.rows[0].group, FILE_DECOY);
	assert_true(wants.rows[SETTINGS_BAITS_MAX - 1].asked);
	assert_true(wants.count > 40 + SETTINGS_WATCHED_MAX + SETTINGS_BAITS_MAX);
	assert_true(wants.count < LOOKOUT_WANTS_MAX);
	assert_string_equal(wants.rows[wants.count - 1].path, "/srv");
	for (unsigned i = 0; i < wants.count; i++)
		guard |= strcmp(wants.rows[i].name, "caltrop-core") == 0 && wants.rows[i].group == FILE_GUARD;
	assert_true(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_a_directory_and_a_name),
		cmocka_unit_test(the_usual_list_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
