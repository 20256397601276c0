/* SPDX-License-Identifier: Apache-2.0 */
/* The lookout over real directories, with what this kernel and user have: fanotify, or inotify. */
#include "agent/actor/lookout/lookout.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/common/lookout_sample.h"
#include "agent/event/file.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[] = "/tmp/lookout_test.XX"
		    "XX"
		    "XX";
static struct settings settings;
static int fd;

/* The sample that came last. */
static struct lookout_file last;
static struct lookout_state told;
static char path[512], target[512];
static unsigned changes;

static char *in_top(const char *name)
{
	static char paths[2][512];
	static unsigned turn;
	char *out = paths[turn++ % 2];

	snprintf(out, sizeof(paths[0]), "%s/%s", top, name);
	return out;
}

static bool take_sample(void)
{
	char bytes[LOOKOUT_SAMPLE_MAX];
	ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (got <= 0)
		return false;
	if (bytes[2] == LOOKOUT_FILE_STATE) {
		assert_int_equal(got, sizeof(told));
		memcpy(&told, bytes, sizeof(told));
		return true;
	}
	memcpy(&last, bytes, sizeof(last));
	assert_int_equal(got, sizeof(last) + last.path_len + last.exe_len + last.target_len);
	snprintf(path, sizeof(path), "%.*s", last.path_len, bytes + sizeof(last));
	snprintf(target, sizeof(target), "%.*s", last.target_len, bytes + sizeof(last) + last.path_len + last.exe_len);
	changes++;
	return true;
}

/* Turn until there is a change of that file, or a second and a half is over. */
static void expect(const char *name, uint8_t action)
{
	int64_t until_us = clock_mono_us() + 1500 * MS_US;

	path[0] = '\0';
	last.action = FILE_ACTIONS;
	while (clock_mono_us() < until_us) {
		while (take_sample())
			if (strcmp(path, in_top(name)) == 0 && last.action == action)
				return;
		lookout_turn(20 * MS_US);
	}
	fail_msg("no action %u of %s; the last one was %u of %s", action, name, last.action, path);
}

/* What was done until now is told; the count begins anew. */
static void catch_up(void)
{
	for (unsigned i = 0; i < 3; i++)
		lookout_turn(0);
	while (take_sample())
		;
	changes = 0;
}

static int begin(void **unused)
{
	(void)unused;
	if (!mkdtemp(top) || mkdir(in_top("dir"), 0755) != 0 || mkdir(in_top("below"), 0755) != 0 ||
	    mkdir(in_top("below/a"), 0755) != 0 || mkdir(in_top("elsewhere"), 0755) != 0 ||
	    symlink("elsewhere", in_top("link")) != 0)
		return -1;
	files_put(top, "dir/known", "one");
	files_put(top, "one", "1");
	files_put(top, "beside", "1");
	settings_default(&settings);
	settings.file_watch = true;
	snprintf(settings.state_dir, sizeof(settings.state_dir), "%s", top);
	snprintf(settings.watched[0], SETTINGS_PATH_MAX, "%s/dir/", top);
	snprintf(settings.watched[1], SETTINGS_PATH_MAX, "%s/below/**", top);
	snprintf(settings.watched[2], SETTINGS_PATH_MAX, "%s/one", top);
	snprintf(settings.watched[3], SETTINGS_PATH_MAX, "%s/link/", top);
	snprintf(settings.watched[4], SETTINGS_PATH_MAX, "%s/late/er/", top);
	settings.watched_count = 5;
	fd = lookout_open(&settings);
	if (fd < 0)
		return -1;
	lookout_begin();
	while (take_sample())
		;
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	close(fd);
	return files_remove(top);
}

static void what_was_there_is_no_change(void **unused)
{
	(void)unused;
	assert_int_equal(changes, 0);
	assert_int_equal(told.files, 2);
	assert_int_equal(told.missed, 0);
}

static void a_change_is_told_with_before_and_after(void **unused)
{
	(void)unused;
	files_put(top, "dir/known", "two");
	expect("dir/known", FILE_WRITE);
	assert_true(last.flags & LOOKOUT_HASH && last.flags & LOOKOUT_HASH_BEFORE);
	assert_memory_not_equal(last.hash, last.hash_before, sizeof(last.hash));
	assert_int_equal(last.size, 3);
	assert_int_equal(last.type, FILE_REGULAR);
	assert_int_equal(chmod(in_top("dir/known"), 04755), 0);
	expect("dir/known", FILE_ATTRIBUTES);
	assert_int_equal(last.mode, 04755);
	assert_int_equal(last.mode_before, 0644);
	if (last.source == FILE_SOURCE_FANOTIFY && geteuid() == 0 && last.pid)
		assert_int_equal(last.pid, getpid());
}

static void what_is_written_as_it_was_is_no_change(void **unused)
{
	(void)unused;
	files_put(top, "dir/same", "same");
	expect("dir/same", FILE_CREATE);
	catch_up();
	files_put(top, "dir/same", "same");
	catch_up();
	assert_int_equal(changes, 0);
}

static void names_come_and_go(void **unused)
{
	(void)unused;
	files_put(top, "dir/new", "x");
	expect("dir/new", FILE_CREATE);
	assert_int_equal(rename(in_top("dir/new"), in_top("dir/newer")), 0);
	expect("dir/newer", FILE_RENAME);
	assert_false(last.flags & LOOKOUT_GONE);
	assert_int_equal(unlink(in_top("dir/newer")), 0);
	expect("dir/newer", FILE_DELETE);
	assert_true(last.flags & LOOKOUT_GONE);
	assert_true(last.flags & LOOKOUT_HASH_BEFORE);
}

/* As vipw(8) and editors do it. */
static void a_file_that_takes_the_place_of_another_is_written(void **unused)
{
	(void)unused;
	files_put(top, "replacement", "other");
	assert_int_equal(rename(in_top("replacement"), in_top("one")), 0);
	expect("one", FILE_WRITE);
	assert_true(last.flags & LOOKOUT_HASH_BEFORE);
}

static void a_file_beside_a_wanted_one_is_not_told(void **unused)
{
	(void)unused;
	catch_up();
	files_put(top, "beside", "2");
	catch_up();
	assert_int_equal(changes, 0);
}

static void a_link_is_told_and_not_followed(void **unused)
{
	(void)unused;
	assert_int_equal(told.refused, 1);
	files_put(top, "elsewhere/secret", "s");
	assert_int_equal(symlink("../elsewhere/secret", in_top("dir/link")), 0);
	expect("dir/link", FILE_CREATE);
	assert_int_equal(last.type, FILE_LINK);
	assert_string_equal(target, "../elsewhere/secret");
	assert_false(last.flags & LOOKOUT_HASH);
	catch_up();
	files_put(top, "elsewhere/secret", "other");
	catch_up();
	assert_int_equal(changes, 0);
}

static void directories_that_come_are_watched(void **unused)
{
	(void)unused;
	assert_int_equal(mkdir(in_top("late"), 0755), 0);
	assert_int_equal(mkdir(in_top("late/er"), 0755), 0);
	files_put(top, "late/er/at-once", "x");
	expect("late/er/at-once", FILE_CREATE);
	files_put(top, "late/er/then", "x");
	expect("late/er/then", FILE_CREATE);
	assert_int_equal(mkdir(in_top("below/a/b"), 0755), 0);
	files_put(top, "below/a/b/deep", "x");
	expect("below/a/b/deep", FILE_CREATE);
	/* And what goes with its directory is told of. */
	assert_int_equal(rename(in_top("below/a"), in_top("away")), 0);
	expect("below/a/b/deep", FILE_DELETE);
}

static void a_flood_is_counted_and_then_compared(void **unused)
{
	uint64_t missed = told.missed;
	char name[32];

	(void)unused;
	catch_up();
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "dir/flood%03u", i);
		files_put(top, name, "x");
	}
	for (int64_t until_us = clock_mono_us() + 3 * SECOND_US; changes < 200 && clock_mono_us() < until_us;) {
		lookout_turn(20 * MS_US);
		while (take_sample())
			;
	}
	assert_int_equal(changes, 200);
	assert_true(told.missed > missed);
}

/* Fills a file with what looks like chance, as a cipher makes it. */
static void scramble(const char *name)
{
	char bytes[4096];

	assert_int_equal(key_random_kernel.fill(NULL, (uint8_t *)bytes, sizeof(bytes)), ERR_OK);
	memcpy(bytes, "Salted__", 8);
	FILE *f = fopen(in_top(name), "r+");

	f = f ? f : fopen(in_top(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, sizeof(bytes), f), sizeof(bytes));
	assert_int_equal(fclose(f), 0);
}

static void put_text(const char *name)
{
	files_put(top, name,
		  "A text that is long enough to be known for one, as texts have some letters more than others.");
	expect(name, FILE_CREATE);
	catch_up();
}

static void a_file_that_became_unreadable_is_told_with_its_name_now(void **unused)
{
	(void)unused;
	put_text("dir/plan.odt");
	scramble("dir/plan.odt");
	expect("dir/plan.odt", FILE_SCRAMBLE);
	assert_string_equal(target, "");
	put_text("dir/list.odt");
	scramble("dir/list.odt");
	assert_int_equal(rename(in_top("dir/list.odt"), in_top("dir/list.odt.x7q")), 0);
	expect("dir/list.odt", FILE_SCRAMBLE);
	assert_string_equal(target, "list.odt.x7q");
	assert_false(last.flags & LOOKOUT_GONE);
	put_text("dir/sums.ods");
	scramble("dir/sums.ods.enc");
	expect("dir/sums.ods.enc", FILE_CREATE);
	assert_int_equal(unlink(in_top("dir/sums.ods")), 0);
	expect("dir/sums.ods", FILE_SCRAMBLE);
	assert_string_equal(target, "sums.ods.enc");
	if (last.source == FILE_SOURCE_FANOTIFY && geteuid() == 0 && last.pid)
		assert_int_equal(last.pid, getpid());
}

/* Another core gets what the one before it did not read, and what is watched now. */
static void another_core_is_told_what_is_watched(void **unused)
{
	(void)unused;
	catch_up();
	close(fd);
	fd = lookout_open(&settings);
	assert_true(fd >= 0);
	memset(&told, 0, sizeof(told));
	catch_up();
	assert_true(told.files > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_there_is_no_change),
		cmocka_unit_test(a_change_is_told_with_before_and_after),
		cmocka_unit_test(what_is_written_as_it_was_is_no_change),
		cmocka_unit_test(names_come_and_go),
		cmocka_unit_test(a_file_that_takes_the_place_of_another_is_written),
		cmocka_unit_test(a_file_beside_a_wanted_one_is_not_told),
		cmocka_unit_test(a_link_is_told_and_not_followed),
		cmocka_unit_test(directories_that_come_are_watched),
		cmocka_unit_test(a_file_that_became_unreadable_is_told_with_its_name_now),
		cmocka_unit_test(a_flood_is_counted_and_then_compared),
		cmocka_unit_test(another_core_is_told_what_is_watched),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
