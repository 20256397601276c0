/* SPDX-License-Identifier: Apache-2.0 */
/* Files in quarantine and back, by a confined actor, which is killed at times; skipped where it is not permitted. */
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard_killed.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* "x\n", sha256sum(1). */
#define HASH "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac"
#define FOLDER "state/actor/quarantine"

static struct guard guard;
static struct key_der order_key;
static bool possible;
static char path[128], link_path[128];

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	snprintf(path, sizeof(path), "%s/drop", guard.dir);
	require(mkdir(path, 0777) == 0);
	snprintf(path, sizeof(path), "%s/drop/x", guard.dir);
	guard_put(&guard, "drop/x", "x\n");
	require(chmod(path, 0755) == 0 && chown(path, 4711, 4712) == 0);
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, NULL);
}

static const struct actor_receipt *order(uint16_t verb, const char *what)
{
	struct verb_args args = {.verb = verb};
	struct order o;

	require(strlen(what) < sizeof(args.path));
	memcpy(args.path, what, strlen(what));
	o = guard_order_of(&args);
	return guard_order(&guard, &o, &order_key);
}

/* Whether there is a file in the folder, which only root may enter. */
static bool folder_holds(void)
{
	char folder[160];
	const struct dirent *entry;
	struct stat st;
	unsigned count = 0;
	DIR *list;

	snprintf(folder, sizeof(folder), "%s/" FOLDER, guard.dir);
	list = opendir(folder);
	require(list && stat(folder, &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == 0);
	while ((entry = readdir(list)) != NULL)
		if (entry->d_name[0] != '.') {
			require(fstatat(dirfd(list), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0);
			require((st.st_mode & 07777) == 0);
			count++;
		}
	closedir(list);
	return count > 0;
}

static bool is_gone(void)
{
	return access(path, F_OK) != 0 && folder_holds();
}

static bool is_back(void)
{
	struct stat st;

	return lstat(path, &st) == 0 && (st.st_mode & 07777) == 0755 && st.st_uid == 4711 && st.st_gid == 4712 &&
	       !folder_holds();
}

static void refuses(const struct actor_receipt *r, const char *why)
{
	assert_non_null(r);
	if (!strstr(r->text, why))
		print_message("said: %s\n", r->text);
	assert_non_null(strstr(r->text, why));
	assert_true(r->result == RECEIPT_REFUSED || r->result == RECEIPT_FAILED);
}

static void file_goes_to_quarantine_and_comes_back_as_it_was(void **state)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1600000000}};
	const struct actor_receipt *r;
	char value[8] = "";
	struct stat st;

	(void)state;
	if (!possible)
		skip();
	require(utimensat(AT_FDCWD, path, times, 0) == 0);
	bool has_attribute = setxattr(path, "user.kept", "yes", 3, 0) == 0;

	r = order(VERB_QUARANTINE, path);
	assert_non_null(r);
	assert_true(r->result == RECEIPT_DONE && r->verified);
	assert_non_null(strstr(r->text, "in quarantine, sha256 " HASH));
	assert_true(is_gone());
	r = order(VERB_RESTORE, path);
	assert_true(r && r->result == RECEIPT_DONE && r->verified);
	assert_true(is_back());
	assert_true(files_is(guard.dir, "drop/x", "x\n"));
	assert_true(stat(path, &st) == 0 && st.st_mtime == 1600000000);
	if (has_attribute)
		assert_true(getxattr(path, "user.kept", value, sizeof(value)) == 3 && memcmp(value, "yes", 3) == 0);
	r = order(VERB_RESTORE, path);
	assert_true(r && r->result == RECEIPT_ALREADY);
}

static void restore_never_writes_over_a_new_file(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	r = order(VERB_QUARANTINE, path);
	assert_true(r && r->result == RECEIPT_DONE);
	guard_put(&guard, "drop/x", "newer\n");
	refuses(order(VERB_RESTORE, path), "another file has its name now, and stays");
	assert_true(files_is(guard.dir, "drop/x", "newer\n") && folder_holds());
	/* The newer one may go there as well; the older stays in the folder. */
	r = order(VERB_QUARANTINE, path);
	while (r && r->result == RECEIPT_REVERTED)
		r = guard_wait(&guard, ACTOR_RECEIPT) ? &guard.message.receipt : NULL;
	assert_true(r && r->result == RECEIPT_DONE);
	assert_true(access(path, F_OK) != 0);
}

static void what_is_no_plain_file_of_this_filesystem_is_refused(void **state)
{
	char other[160], behind_link[160];

	(void)state;
	if (!possible)
		skip();
	snprintf(other, sizeof(other), "%s/drop", guard.dir);
	refuses(order(VERB_QUARANTINE, other), "not a regular file");
	snprintf(link_path, sizeof(link_path), "%s/drop/link", guard.dir);
	require(symlink(path, link_path) == 0);
	refuses(order(VERB_QUARANTINE, link_path), "symbolic link");
	snprintf(other, sizeof(other), "%s/away", guard.dir);
	require(symlink("drop", other) == 0);
	snprintf(behind_link, sizeof(behind_link), "%s/away/x", guard.dir);
	refuses(order(VERB_QUARANTINE, behind_link), "on the way to it");
	snprintf(other, sizeof(other), "%s/drop/twin", guard.dir);
	require(link(path, other) == 0);
	refuses(order(VERB_QUARANTINE, path), "hard links");
	require(unlink(other) == 0);
	refuses(order(VERB_QUARANTINE, "/dev/null"), "");
	refuses(order(VERB_QUARANTINE, "/proc/sys/kernel/ostype"), "");
	snprintf(other, sizeof(other), "%s/drop/none", guard.dir);
	refuses(order(VERB_QUARANTINE, other), "there is no such file");
	snprintf(other, sizeof(other), "%s/drop/large", guard.dir);
	guard_put(&guard, "drop/large", "");
	require(truncate(other, (64 << 20) + 1) == 0);
	refuses(order(VERB_QUARANTINE, other), "larger than 64 MiB");
	assert_true(access(other, F_OK) == 0 && is_back());
}

static void what_the_guard_runs_from_is_refused(void **state)
{
	char self[160];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	if (!possible)
		skip();
	require(len > 0);
	self[len] = '\0';
	/* The core of this guard is this program. */
	refuses(order(VERB_QUARANTINE, self), "");
	assert_true(access(self, X_OK) == 0);
	snprintf(self, sizeof(self), "%s/state/actor/journal", guard.dir);
	refuses(order(VERB_QUARANTINE, self), "the guard's own");
}

static void what_somebody_took_out_is_put_back_at_the_next_start(void **state)
{
	char stored[192];
	const struct actor_receipt *r;
	struct stat st;

	(void)state;
	if (!possible)
		skip();
	require(stat(path, &st) == 0);
	r = order(VERB_QUARANTINE, path);
	assert_true(r && r->result == RECEIPT_DONE);
	guard_kill(&guard);
	snprintf(stored, sizeof(stored), "%s/" FOLDER "/%lx", guard.dir, (unsigned long)st.st_ino);
	require(rename(stored, path) == 0 && chmod(path, 0755) == 0);
	guard_start(&guard);
	assert_true(guard_killed_ledger_has(&guard, VERB_QUARANTINE));
	assert_true(is_gone());
	/* A changed file is not the one that was taken. */
	guard_kill(&guard);
	require(rename(stored, path) == 0 && chmod(path, 0755) == 0);
	guard_put(&guard, "drop/x", "another\n");
	guard_start(&guard);
	assert_false(guard_killed_ledger_has(&guard, VERB_QUARANTINE));
	assert_true(access(path, F_OK) == 0);
}

static void empty_folder(void)
{
	const struct dirent *entry;
	char folder[160];
	DIR *list;

	snprintf(folder, sizeof(folder), "%s/" FOLDER, guard.dir);
	list = opendir(folder);
	require(list != NULL);
	while ((entry = readdir(list)) != NULL)
		if (entry->d_name[0] != '.')
			require(unlinkat(dirfd(list), entry->d_name, 0) == 0);
	closedir(list);
}

/* What root has removed from the folder makes room. */
static void there_is_an_end_to_how_many_are_kept(void **state)
{
	char name[32], file[160];
	const struct actor_receipt *r;
	unsigned taken = 0;

	(void)state;
	if (!possible)
		skip();
	for (;; taken++) {
		require(taken < 100);
		snprintf(name, sizeof(name), "drop/x%u", taken);
		snprintf(file, sizeof(file), "%s/%s", guard.dir, name);
		guard_put(&guard, name, "x\n");
		r = order(VERB_QUARANTINE, file);
		assert_non_null(r);
		if (r->result != RECEIPT_DONE)
			break;
	}
	assert_int_equal(r->err, ERR_FULL);
	refuses(r, "24 files are in quarantine");
	assert_int_equal(taken, 24);
	empty_folder();
	r = order(VERB_QUARANTINE, file);
	while (r && r->result == RECEIPT_REVERTED)
		r = guard_wait(&guard, ACTOR_RECEIPT) ? &guard.message.receipt : NULL;
	assert_true(r && r->result == RECEIPT_DONE);
}

static bool file_is(bool in_quarantine)
{
	return in_quarantine ? is_gone() : is_back();
}

static void killed_at_any_moment_a_file_is_in_quarantine_or_not_as_the_ledger_says(void **state)
{
	struct guard_killed what = {.is_as = file_is, .order_key = &order_key};

	(void)state;
	if (!possible)
		skip();
	what.begin.verb = VERB_QUARANTINE;
	what.end.verb = VERB_RESTORE;
	memcpy(what.begin.path, path, strlen(path));
	memcpy(what.end.path, path, strlen(path));
	guard_killed(&guard, &what);
}

static void add_step(struct settings *s)
{
	s->rules[RULE_BREACH].steps[0] = VERB_QUARANTINE;
}

static void rule_takes_a_file_and_none_of_the_system(void **state)
{
	struct verb_args args = {.verb = VERB_QUARANTINE};
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	memcpy(args.path, path, strlen(path));
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_non_null(r);
	assert_true(r->result == RECEIPT_REFUSED);
	guard_kill(&guard);
	guard.adjust = add_step;
	guard_start(&guard);
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_true(r && r->result == RECEIPT_DONE && r->verified);
	assert_true(is_gone());
	memset(args.path, 0, sizeof(args.path));
	memcpy(args.path, "/etc/hostname", 13);
	refuses(guard_act(&guard, &args, ORIGIN_RULE), "directory of the system");
	/* Root at the device may put it back, but not what an order asked for. */
	args.verb = VERB_RESTORE;
	memset(args.path, 0, sizeof(args.path));
	memcpy(args.path, path, strlen(path));
	r = guard_act(&guard, &args, ORIGIN_LOCAL);
	assert_true(r && r->result == RECEIPT_DONE);
	assert_true(is_back());
	r = order(VERB_QUARANTINE, path);
	assert_true(r && r->result == RECEIPT_DONE);
	refuses(guard_act(&guard, &args, ORIGIN_LOCAL), "only an order takes it back");
	assert_true(is_gone());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_goes_to_quarantine_and_comes_back_as_it_was),
		TEST(restore_never_writes_over_a_new_file),
		TEST(what_is_no_plain_file_of_this_filesystem_is_refused),
		TEST(what_the_guard_runs_from_is_refused),
		TEST(what_somebody_took_out_is_put_back_at_the_next_start),
		TEST(rule_takes_a_file_and_none_of_the_system),
		TEST(there_is_an_end_to_how_many_are_kept),
		TEST(killed_at_any_moment_a_file_is_in_quarantine_or_not_as_the_ledger_says),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
