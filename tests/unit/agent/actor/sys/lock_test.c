/* SPDX-License-Identifier: Apache-2.0 */
/* A lock on files of the test's own directory: what it changes, what comes back, and what a cut in between leaves. */
#include "agent/actor/sys/lock.h"

#include "agent/actor/sys/shadow.h"
#include "agent/base/require.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEMPLATE            \
	"/tmp/lock_test.XX" \
	"XX"                \
	"XX"
#define KEY "ssh-ed25519 AAAA ann@desk\n"
#define OTHERS "root:$6$r$r:19000:0:99999:7:::\n# a comment\n\nsvc:!:1::::::\n"
#define REST ":19001:0:99999:7:::\nnokeys:*:2::::::"
#define HASH "$6$salt$hash"

static char dir[64];
static struct settings settings;
static struct lock_job job;
static struct lock_undo undo;
static char text[LOCK_TEXT_MAX], why[LOCK_WHY_MAX];

static const char *path_of(const char *name)
{
	static char path[192];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *bytes)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	require(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
	close(fd);
}

static bool holds(const char *name, const char *bytes)
{
	return files_is(dir, name, bytes);
}

static void shadow_of_ann(const char *field)
{
	char bytes[1024];

	snprintf(bytes, sizeof(bytes), OTHERS "ann:%s" REST, field);
	put("shadow", bytes);
}

/* Everything, with that field for ann. */
static bool shadow_is(const char *field)
{
	char bytes[1024];

	snprintf(bytes, sizeof(bytes), OTHERS "ann:%s" REST, field);
	return holds("shadow", bytes);
}

static void put_accounts(void)
{
	unsigned uid = geteuid() ? geteuid() : 1000;
	char bytes[512];

	snprintf(bytes, sizeof(bytes),
		 "root:x:0:0::/root:/bin/sh\nann:x:%u:1000::%s:/bin/sh\nnokeys:x:1001:1001::/nonexistent:/bin/sh\n"
		 "noshadow:x:1002:1002::/nonexistent:/bin/sh\nold:" HASH ":1003:1003::/nonexistent:/bin/sh\n",
		 uid, dir);
	put("passwd", bytes);
	shadow_of_ann(HASH);
	put(".ssh/authorized_keys", KEY);
}

static int set_up(void **state)
{
	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) != NULL);
	settings_default(&settings);
	snprintf(settings.shadow, sizeof(settings.shadow), "%s/shadow", dir);
	require(mkdir(path_of(".ssh"), 0700) == 0 && mkdir(path_of("ssh"), 0755) == 0);
	put_accounts();
	job = (struct lock_job){&settings, "ann", 86400 * 20000, false};
	text[0] = why[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(dir);
}

static void lock(void)
{
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
	assert_true(lock_is_held(&job, &undo, why));
}

static const char *release(void)
{
	assert_int_equal(lock_release(&job, &undo, text), ERR_OK);
	return text;
}

static void lock_and_unlock_leave_every_byte_as_it_was(void **state)
{
	struct stat before, after;

	(void)state;
	require(chmod(path_of("shadow"), 0604) == 0);
	if (geteuid() == 0)
		require(chown(path_of("shadow"), 12, 34) == 0);
	require(stat(path_of("shadow"), &before) == 0);
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	assert_false(lock_is_held(&job, &undo, why));
	assert_true(shadow_is(HASH));
	assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
	assert_string_equal(text, "password locked, SSH keys set aside");
	assert_true(lock_is_held(&job, &undo, why));
	assert_true(shadow_is("!" HASH));
	assert_int_equal(access(path_of(".ssh/authorized_keys"), F_OK), -1);
	assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
	assert_true(shadow_is("!" HASH));
	assert_string_equal(release(), "password as it was; SSH keys put back");
	assert_true(shadow_is(HASH));
	assert_true(holds(".ssh/authorized_keys", KEY));
	require(stat(path_of("shadow"), &after) == 0);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
}

static void what_was_locked_before_stays_so(void **state)
{
	(void)state;
	shadow_of_ann("!" HASH);
	lock();
	assert_string_equal(text, "no password lets in, SSH keys set aside");
	assert_string_equal(release(), "password was locked before; SSH keys put back");
	assert_true(shadow_is("!" HASH));
	require(unlink(path_of(".ssh/authorized_keys")) == 0);
	assert_int_equal(lock_look(&job, &undo, why), ERR_EXISTS);
	assert_string_equal(why, "no password lets in, and it has no SSH keys");
}

static void password_set_by_somebody_else_wins(void **state)
{
	(void)state;
	lock();
	shadow_of_ann("$y$new");
	assert_false(lock_is_held(&job, &undo, why));
	assert_int_equal(lock_apply(&job, &undo, text), ERR_BUSY);
	assert_string_equal(release(), "password was changed and unlocked by somebody else; SSH keys put back");
	assert_true(shadow_is("$y$new"));
	shadow_of_ann(HASH);
	lock();
	shadow_of_ann("!$y$new");
	assert_string_equal(release(), "password was changed by somebody else, unlocked; SSH keys put back");
	assert_true(shadow_is("$y$new"));
	shadow_of_ann(HASH);
	lock();
	shadow_of_ann(HASH);
	assert_string_equal(release(), "password as it was; SSH keys put back");
	assert_true(shadow_is(HASH));
}

/* Without its "!" an empty field would let everybody in. */
static void unlock_never_makes_a_password_empty_that_was_not(void **state)
{
	(void)state;
	lock();
	shadow_of_ann("!");
	assert_string_equal(release(), "password was taken away by somebody else, left locked; SSH keys put back");
	assert_true(shadow_is("!"));
	shadow_of_ann("");
	lock();
	assert_true(shadow_is("!"));
	assert_string_equal(release(), "password as it was; SSH keys put back");
	assert_true(shadow_is(""));
}

static void keys_made_meanwhile_break_the_lock_and_are_set_aside_again(void **state)
{
	(void)state;
	lock();
	put(".ssh/authorized_keys", "ssh-ed25519 EVIL\n");
	assert_false(lock_is_held(&job, &undo, why));
	assert_string_equal(why, "it has SSH keys");
	assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
	assert_true(lock_is_held(&job, &undo, why));
	assert_string_equal(release(), "password as it was; SSH keys put back");
	assert_true(holds(".ssh/authorized_keys", KEY));
}

static void password_removed_from_the_lock_is_locked_again(void **state)
{
	(void)state;
	lock();
	shadow_of_ann(HASH);
	assert_false(lock_is_held(&job, &undo, why));
	assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
	assert_true(shadow_is("!" HASH));
}

static void last_way_in_needs_an_order_that_says_so(void **state)
{
	(void)state;
	put("shadow", "root:*:1::::::\nann:" HASH REST);
	put("group", "sudo:x:27:ann\n");
	put("sudoers", "%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n");
	assert_int_equal(lock_look(&job, &undo, why), ERR_PROTECTED);
	assert_string_equal(why, "it is the last way in for an administrator");
	job.last_way = true;
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	job.last_way = false;
	/* Another one in a file that sudo includes; "off.d" and "old~" it does not read. */
	require(mkdir(path_of("sudoers.d"), 0755) == 0);
	put("sudoers.d/off.d", "old ALL=(ALL) ALL\n");
	put("sudoers.d/old~", "old ALL=(ALL) ALL\n");
	assert_int_equal(lock_look(&job, &undo, why), ERR_PROTECTED);
	put("sudoers.d/90-old", "old ALL=(ALL) ALL\n");
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
}

static void keys_of_two_accounts_are_protected(void **state)
{
	char bytes[256];

	(void)state;
	snprintf(bytes, sizeof(bytes), "root:x:0:0::/root:/bin/sh\nann:x:%u:1::%s:/bin/sh\nweb:x:33:33::%s:/bin/sh\n",
		 geteuid() ? (unsigned)geteuid() : 1000u, dir, dir);
	put("passwd", bytes);
	assert_int_equal(lock_look(&job, &undo, why), ERR_PROTECTED);
	assert_non_null(strstr(why, "are also those of 'web'"));
}

static void bad_input_is_refused_by_name(void **state)
{
	char wanted[128];

	(void)state;
	job.account = "nobody";
	assert_int_equal(lock_look(&job, &undo, why), ERR_NOT_FOUND);
	snprintf(wanted, sizeof(wanted), "there is no such account in %s/passwd", dir);
	assert_string_equal(why, wanted);
	job.account = "noshadow";
	assert_int_equal(lock_look(&job, &undo, why), ERR_NOT_FOUND);
	assert_non_null(strstr(why, "it has no line in "));
	/* A system whose hashes stand in passwd. */
	job.account = "old";
	lock();
	assert_string_equal(text, "password locked, no SSH keys");
	assert_string_equal(release(), "password as it was");
}

static void account_that_is_another_now_is_left_alone(void **state)
{
	(void)state;
	lock();
	undo.uid++;
	assert_int_equal(lock_release(&job, &undo, text), ERR_NOT_FOUND);
	assert_string_equal(text, "the account of that name is another one now");
	assert_true(shadow_is("!" HASH));
	undo.uid--;
	put("passwd", "root:x:0:0::/root:/bin/sh\n");
	assert_int_equal(lock_release(&job, &undo, text), ERR_NOT_FOUND);
}

static void ways_that_stay_open_are_named(void **state)
{
	(void)state;
	put("ssh/sshd_config", "AuthorizedKeysCommand /bin/keys %u\n");
	put("hosts.equiv", "");
	lock();
	assert_string_equal(text,
			    "password locked, SSH keys set aside; still open: AuthorizedKeysCommand, hosts.equiv");
}

/* lckpwdf(3)'s lock, in the hands of another process. */
static void lock_waits_for_nobody_who_changes_accounts(void **state)
{
	int ready[2];
	pid_t child;
	char byte;

	(void)state;
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	require(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open(path_of(".pwd.lock"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		if (fcntl(fd, F_SETLK, &whole) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	require(read(ready[0], &byte, 1) == 1);
	assert_int_equal(lock_apply(&job, &undo, text), ERR_BUSY);
	assert_non_null(strstr(text, "another program holds the lock of "));
	assert_true(shadow_is(HASH) && holds(".ssh/authorized_keys", KEY));
	kill(child, SIGKILL);
	require(waitpid(child, NULL, 0) == child);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
	assert_int_equal(lock_release(&job, &undo, text), ERR_OK);
}

static void lock_on_a_read_only_disk_says_so(void **state)
{
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	child = fork();
	if (child == 0) {
		if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount(dir, dir, NULL, MS_BIND, NULL) != 0 ||
		    mount("none", dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0)
			_exit(77);
		_exit(lock_apply(&job, &undo, text) == ERR_READ_ONLY && strstr(text, "shadow: read-only") ? 0 : 1);
	}
	require(waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(shadow_is(HASH));
}

/* What the child does that is cut; the parent knows by the outcome only. */
static void cut_apply(void)
{
	(void)!lock_apply(&job, &undo, text);
}

static void cut_release(void)
{
	(void)!lock_release(&job, &undo, text);
}

/* End a child that does `work` at its nth system call, before the kernel has done it. false: it came to its end. */
static bool cut_at(unsigned nth, void (*work)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(1);
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	require(waitpid(child, &status, 0) == child);
	if (WIFEXITED(status))
		return false;
	/* Two stops a call: before it and behind it. */
	for (unsigned stop = 0; stop < 2 * nth + 1; stop++) {
		require(ptrace(PTRACE_SYSCALL, child, NULL, NULL) == 0);
		require(waitpid(child, &status, 0) == child);
		if (WIFEXITED(status))
			return false;
	}
	kill(child, SIGKILL);
	require(waitpid(child, &status, 0) == child);
	return true;
}

static void power_cut_in_the_middle_of_a_lock_is_taken_back_or_completed(void **state)
{
	unsigned nth = 0;

	(void)state;
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	for (; cut_at(nth, cut_apply); nth++) {
		assert_true(shadow_is(HASH) || shadow_is("!" HASH));
		if (nth % 2) {
			assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
			assert_true(lock_is_held(&job, &undo, why));
		}
		assert_int_equal(lock_release(&job, &undo, text), ERR_OK);
		assert_true(shadow_is(HASH));
		assert_true(holds(".ssh/authorized_keys", KEY));
	}
	if (nth == 0)
		skip(); /* Nothing can be traced here. */
	assert_true(nth > 30);
}

static void power_cut_in_the_middle_of_an_unlock_is_completed(void **state)
{
	unsigned nth = 0;

	(void)state;
	lock();
	while (cut_at(nth, cut_release)) {
		assert_true(shadow_is(HASH) || shadow_is("!" HASH));
		if (nth++ % 2)
			assert_int_equal(lock_apply(&job, &undo, text), ERR_OK);
		assert_int_equal(lock_release(&job, &undo, text), ERR_OK);
		assert_true(shadow_is(HASH));
		assert_true(holds(".ssh/authorized_keys", KEY));
		lock();
	}
	if (nth == 0)
		skip(); /* Nothing can be traced here. */
	assert_true(nth > 30);
}

static int work_lock(void *context)
{
	(void)context;
	return (int)lock_apply(&job, &undo, text);
}

static void after_fault(void *context, const struct faults_run *run)
{
	(void)context;
	assert_true(shadow_is(HASH) || shadow_is("!" HASH));
	if (run->result == ERR_OK)
		assert_true(lock_is_held(&job, &undo, why));
	assert_int_equal(lock_release(&job, &undo, text), ERR_OK);
	assert_true(shadow_is(HASH));
	assert_true(holds(".ssh/authorized_keys", KEY));
}

/* Each of its system calls fails once: it says so, or is in force. */
static void lock_that_fails_anywhere_can_be_taken_back(void **state)
{
	const struct faults faults = {.error = EIO, .work = work_lock, .after = after_fault};

	(void)state;
	if (!faults_possible())
		skip();
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	assert_true(faults_each(&faults) > 30);
}

static void record_is_the_same_out_of_its_bytes(void **state)
{
	char bytes[LOCK_UNDO_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct lock_undo out;
	struct str s;

	(void)state;
	put(".ssh/authorized_keys2", "old\n");
	assert_int_equal(lock_look(&job, &undo, why), ERR_OK);
	lock_undo_encode(&b, &undo);
	assert_int_equal(buf_check(&b), ERR_OK);
	s = buf_str(&b);
	assert_int_equal(lock_undo_decode(s, &out), ERR_OK);
	assert_int_equal(out.uid, undo.uid);
	assert_int_equal(out.password, true);
	assert_string_equal(out.home, dir);
	assert_memory_equal(out.field, undo.field, sizeof(out.field));
	assert_int_equal(out.keys.wall_s, undo.keys.wall_s);
	assert_int_equal(out.keys.number, undo.keys.number);
	assert_int_equal(out.keys.places, undo.keys.places);
	assert_memory_equal(out.keys.prints, undo.keys.prints, sizeof(out.keys.prints));
	/* Cut before the home directory it is none; a longer one is none either, nor another version. */
	for (size_t len = 0; len < s.len - strlen(dir); len++)
		assert_int_equal(lock_undo_decode(str_sub(s, 0, len), &out), ERR_INVALID);
	bytes[0] = 2;
	assert_int_equal(lock_undo_decode(s, &out), ERR_INVALID);
	bytes[0] = 1;
	bytes[1] = 2;
	assert_int_equal(lock_undo_decode(s, &out), ERR_INVALID);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWN(lock_and_unlock_leave_every_byte_as_it_was),
		OWN(what_was_locked_before_stays_so),
		OWN(password_set_by_somebody_else_wins),
		OWN(unlock_never_makes_a_password_empty_that_was_not),
		OWN(keys_made_meanwhile_break_the_lock_and_are_set_aside_again),
		OWN(password_removed_from_the_lock_is_locked_again),
		OWN(last_way_in_needs_an_order_that_says_so),
		OWN(keys_of_two_accounts_are_protected),
		OWN(bad_input_is_refused_by_name),
		OWN(account_that_is_another_now_is_left_alone),
		OWN(ways_that_stay_open_are_named),
		OWN(lock_waits_for_nobody_who_changes_accounts),
		OWN(lock_on_a_read_only_disk_says_so),
		OWN(power_cut_in_the_middle_of_a_lock_is_taken_back_or_completed),
		OWN(power_cut_in_the_middle_of_an_unlock_is_completed),
		OWN(lock_that_fails_anywhere_can_be_taken_back),
		OWN(record_is_the_same_out_of_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
