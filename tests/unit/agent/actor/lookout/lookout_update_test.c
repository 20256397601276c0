/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/lookout/lookout_update.h"
#include "tests/unit/files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96];

/* Whether it counts while another process has such a lock of it. */
static bool counts(int flags, short type)
{
	int ready[2], done[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready) | pipe(done), 0);
	pid = fork();
	if (pid == 0) {
		struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
		int fd = open(path, flags);

		if (fd < 0 || fcntl(fd, F_SETLK, &lock) != 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		close(done[1]);
		_exit(read(done[0], &byte, 1) != 0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	bool counted = lookout_update_locked(path);

	close(done[1]);
	close(done[0]);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return counted;
}

static int begin(void **unused)
{
	(void)unused;
	snprintf(dir, sizeof(dir), "/tmp/lookout_update_test.%u", (unsigned)getpid());
	snprintf(path, sizeof(path), "%s/lock", dir);
	if (mkdir(dir, 0700) != 0)
		return -1;
	files_put(dir, "lock", "");
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	return files_remove(dir);
}

static void a_lock_counts_that_only_root_can_have(void **unused)
{
	(void)unused;
	if (geteuid() != 0)
		skip();
	assert_false(lookout_update_locked(path));
	assert_true(counts(O_RDWR, F_WRLCK));
	/* Whoever may read the file can have this one. */
	assert_false(counts(O_RDONLY, F_RDLCK));
	assert_int_equal(chmod(path, 0666), 0);
	assert_false(counts(O_RDWR, F_WRLCK));
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chown(path, 1000, 1000), 0);
	assert_false(counts(O_RDWR, F_WRLCK));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_counts_that_only_root_can_have),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
