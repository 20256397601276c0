/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody does to a file and to the way to it; in a namespace with mounts of its own, skipped where it can't be.
 */
#include "agent/actor/sys/quarantine.h"

#include "agent/actor/sys/quarantine_names.h"
#include "agent/base/require.h"
#include "tests/unit/apart.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96], why[QUARANTINE_WHY_MAX];
static struct quarantine folder;
static struct quarantine_job job = {.q = &folder, .path = path};

static int set_up(void **state)
{
	int fd;

	(void)state;
	if (!apart_possible)
		return 0;
	/* As a data partition is. */
	require(mount("none", "/mnt", "tmpfs", 0, "mode=0755") == 0);
	strcpy(dir, "/mnt");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(fd >= 0 && quarantine_open(&folder, fd) == ERR_OK);
	close(fd);
	snprintf(path, sizeof(path), "%s/x", dir);
	files_put(dir, "x", "x\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!apart_possible)
		return 0;
	close(folder.dir);
	close(folder.root);
	return umount2(dir, MNT_DETACH);
}

static void file_on_which_another_is_mounted_is_refused(void **state)
{
	struct quarantine_undo undo;
	char other[96];

	(void)state;
	if (!apart_possible)
		skip();
	snprintf(other, sizeof(other), "%s/other", dir);
	files_put(dir, "other", "other\n");
	require(mount(other, path, NULL, MS_BIND, NULL) == 0);
	assert_int_equal(quarantine_look(&job, &undo, why), ERR_UNSUPPORTED);
	assert_non_null(strstr(why, "another filesystem or mount"));
	require(umount2(path, MNT_DETACH) == 0);
	/* Mounted since it was looked at. */
	assert_int_equal(quarantine_look(&job, &undo, why), ERR_OK);
	require(mount(other, path, NULL, MS_BIND, NULL) == 0);
	assert_int_equal(quarantine_take(&job, &undo, why), ERR_UNSUPPORTED);
	require(umount2(path, MNT_DETACH) == 0);
}

/* Who has it open for writing can change it still, and with its old mode that would be the owner's program. */
static void file_that_was_changed_in_quarantine_comes_back_without_setuid(void **state)
{
	struct quarantine_undo undo;
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1600000000}};
	struct stat st;
	int open_still;

	(void)state;
	if (!apart_possible)
		skip();
	require(chmod(path, 06755) == 0 && utimensat(AT_FDCWD, path, times, 0) == 0);
	assert_int_equal(quarantine_look(&job, &undo, why), ERR_OK);
	assert_int_equal(quarantine_take(&job, &undo, why), ERR_OK);
	assert_int_equal(quarantine_give_back(&job, &undo, why), ERR_OK);
	assert_true(stat(path, &st) == 0 && (st.st_mode & 07777) == 06755);
	open_still = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(quarantine_look(&job, &undo, why), ERR_OK);
	assert_int_equal(quarantine_take(&job, &undo, why), ERR_OK);
	require(write(open_still, "y", 1) == 1 && close(open_still) == 0);
	assert_int_equal(quarantine_give_back(&job, &undo, why), ERR_OK);
	assert_non_null(strstr(why, "it was changed"));
	assert_true(stat(path, &st) == 0 && (st.st_mode & 07777) == 0755);
}

static bool is_called(const char *file, const char *wanted)
{
	char name[VERB_PATH_MAX] = "";

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return quarantine_names_find(&job, name) ? wanted && strcmp(name, wanted) == 0 : wanted == NULL;
}

static void data_partition_s_file_is_known_by_the_name_that_the_system_has(void **state)
{
	char etc[96];

	(void)state;
	if (!apart_possible)
		skip();
	snprintf(etc, sizeof(etc), "%s/etc", dir);
	require(mkdir(etc, 0755) == 0);
	files_put(dir, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
	assert_true(is_called("etc/passwd", NULL));
	/* One file of them. */
	snprintf(path, sizeof(path), "%s/etc/passwd", dir);
	require(mount(path, "/etc/passwd", NULL, MS_BIND, NULL) == 0);
	assert_true(is_called("etc/passwd", "/etc/passwd"));
	assert_true(is_called("x", NULL));
	require(umount2("/etc/passwd", MNT_DETACH) == 0);
	/* All of them. */
	require(mount(etc, "/etc", NULL, MS_BIND, NULL) == 0);
	assert_true(is_called("etc/ssh/sshd_config", "/etc/ssh/sshd_config"));
	assert_true(is_called("etc/passwd", "/etc/passwd"));
	assert_true(is_called("x", NULL));
	require(umount2("/etc", MNT_DETACH) == 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static int run(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_on_which_another_is_mounted_is_refused),
		TEST(file_that_was_changed_in_quarantine_comes_back_without_setuid),
		TEST(data_partition_s_file_is_known_by_the_name_that_the_system_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	apart_run(run);
}
