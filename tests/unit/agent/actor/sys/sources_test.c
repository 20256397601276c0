/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a pattern has the core read, and what a core may ask for by name. */
#include "agent/actor/sys/sources.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/run/sources-"
		     "XX"
		     "XX"
		     "XX";
static struct settings settings;
static bool possible;
static int inotify;

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static void put(const char *name, mode_t mode, time_t written)
{
	const struct timespec times[2] = {{written, 0}, {written, 0}};
	int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	possible = geteuid() == 0 && mkdtemp(base) && chmod(base, 0755) == 0;
	inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	settings_default(&settings);
	snprintf(settings.files[0], sizeof(settings.files[0]), "%s", at("*-auth.log"));
	snprintf(settings.files[1], sizeof(settings.files[1]), "%s", at("link.log"));
	settings.file_count = 2;
	return 0;
}

static enum err ask(struct actor_source *m)
{
	int fd = sources_answer(&settings, inotify, m);

	assert_int_equal(fd >= 0, m->status == ERR_OK);
	if (fd >= 0)
		close(fd);
	return (enum err)m->status;
}

static void a_pattern_is_gone_through_in_order(void **state)
{
	struct actor_source m = {.next = 1};

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(ask(&m), ERR_NOT_FOUND);
	assert_true(m.name[0] == '\0' && m.matches == 0 && m.list_watch >= 0);
	put("b-auth.log", 0640, 2000);
	put("a-auth.log", 0640, 1000);
	put("c-auth.log", 0666, 3000);
	put("c-auth.log.1", 0640, 3000);
	assert_int_equal(mkdir(at("d-auth.log"), 0755), 0);
	assert_int_equal(ask(&m), ERR_OK);
	assert_string_equal(m.name, "a-auth.log");
	assert_string_equal(m.entry, "a-auth.log");
	assert_int_equal(m.matches, 3);
	assert_true(m.watch >= 0 && m.dir_watch == m.list_watch);
	assert_int_equal(ask(&m), ERR_OK);
	assert_string_equal(m.name, "b-auth.log");
	assert_int_equal(ask(&m), ERR_DENIED);
	assert_string_equal(m.name, "c-auth.log");
	assert_non_null(strstr(m.why, "may be written by everybody"));
	assert_int_equal(ask(&m), ERR_NOT_FOUND);
	assert_string_equal(m.name, "");
}

static void of_too_many_the_newest_are_taken(void **state)
{
	struct actor_source m = {.next = 1};
	char name[32];
	unsigned count = 0;

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < 2 * SETTINGS_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "m%02u-auth.log", i);
		put(name, 0640, (time_t)(10000 + (i * 7) % (2 * SETTINGS_FILES_MAX)));
	}
	while (ask(&m) == ERR_OK) {
		assert_true(((unsigned)atol(m.name + 1) * 7) % (2 * SETTINGS_FILES_MAX) >= SETTINGS_FILES_MAX);
		count++;
	}
	assert_int_equal(count, SETTINGS_FILES_MAX);
	assert_int_equal(m.matches, 2 * SETTINGS_FILES_MAX + 3);
}

static void only_what_fits_is_opened_by_name(void **state)
{
	static const char *const no[] = {"", "link.log", "../etc/x-auth.log", "sub/x-auth.log", "..", "x-auth.log.1"};
	struct actor_source m = {.name = "b-auth.log"};

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(ask(&m), ERR_OK);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		snprintf(m.name, sizeof(m.name), "%s", no[i]);
		assert_int_equal(ask(&m), ERR_DENIED);
	}
	snprintf(m.name, sizeof(m.name), "none-auth.log");
	assert_int_equal(ask(&m), ERR_NOT_FOUND);
	assert_string_equal(m.entry, "none-auth.log");
	/* A row that is no pattern has no matches. */
	m = (struct actor_source){.index = 1, .next = 1};
	assert_int_equal(ask(&m), ERR_INVALID);
}

/* Whether the instance tells of a watch; what else it tells is thrown away. */
static bool tells(int watch)
{
	_Alignas(struct inotify_event) char bytes[8192];
	ssize_t n = read(inotify, bytes, sizeof(bytes));
	bool told = false;

	for (char *p = bytes; n > 0 && p < bytes + n;) {
		const struct inotify_event *event = (const struct inotify_event *)p;

		told = told || (watch < 0 ? event->len == 0 : event->wd == watch);
		p += sizeof(*event) + event->len;
	}
	return told;
}

static void links_are_watched_and_where_they_lead(void **state)
{
	struct actor_source m = {.index = 1};
	char from[256];

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(mkdir(at("data"), 0755), 0);
	put("data/one", 0640, 1000);
	assert_int_equal(symlink("data/one", at("link.log")), 0);
	assert_int_equal(ask(&m), ERR_OK);
	assert_string_equal(m.entry, "one");
	(void)tells(-1);
	/* The target's directory tells of the target. */
	put("data/two", 0640, 1000);
	assert_true(tells(m.dir_watch));
	/* Another link takes the name of the first. */
	assert_int_equal(symlink("data/two", at("other")), 0);
	(void)tells(-1);
	snprintf(from, sizeof(from), "%s", at("other"));
	assert_int_equal(rename(from, at("link.log")), 0);
	assert_true(tells(-1));
	assert_int_equal(ask(&m), ERR_OK);
	assert_string_equal(m.entry, "two");
	assert_int_equal(unlink(at("data/two")), 0);
	assert_int_equal(ask(&m), ERR_NOT_FOUND);
	assert_string_equal(m.entry, "two");
	assert_true(m.dir_watch >= 0);
}

static int tear_down(void **state)
{
	(void)state;
	close(inotify);
	if (!possible)
		return 0;
	files_remove(base);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_is_gone_through_in_order),
		cmocka_unit_test(of_too_many_the_newest_are_taken),
		cmocka_unit_test(only_what_fits_is_opened_by_name),
		cmocka_unit_test(links_are_watched_and_where_they_lead),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
