/* SPDX-License-Identifier: Apache-2.0 */
/* Another process keeps the database locked: it is waited for once, not by everybody in turn. */
#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "server-stub/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHERS 50

static char dir[64], path[96];
static const uint8_t fleet_id[STORE_FLEET] = {9};

static pid_t locker(void)
{
	int ends[2];
	char byte = 'x';
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		sqlite3 *db;

		if (sqlite3_open(path, &db) != SQLITE_OK ||
		    sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) != SQLITE_OK || write(ends[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return child;
}

static void a_foreign_lock_is_waited_for_once(void **state)
{
	static const char *const files[] = {"", "-wal", "-shm"};
	struct store *a, *b;
	char file[128];
	int64_t first_us, others_us;
	pid_t child;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sqlite_lock_test.%u", (unsigned)getpid());
	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(path, sizeof(path), "%s/caltrop.db", dir);
	assert_int_equal(store_create(path, fleet_id, &a), ERR_OK);
	assert_int_equal(store_open(path, fleet_id, &b), ERR_OK);
	child = locker();

	first_us = clock_mono_us();
	assert_int_equal(store_begin(a), ERR_BUSY);
	others_us = clock_mono_us();
	first_us = others_us - first_us;
	for (unsigned i = 0; i < OTHERS; i++)
		assert_int_equal(store_begin(i % 2 ? a : b), ERR_BUSY);
	others_us = clock_mono_us() - others_us;
	assert_true(others_us < first_us);

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(store_begin(b), ERR_OK);
	assert_int_equal(store_commit(b), ERR_OK);
	/* And then the next lock is waited for again. */
	child = locker();
	first_us = clock_mono_us();
	assert_int_equal(store_begin(a), ERR_BUSY);
	assert_true(clock_mono_us() - first_us > others_us);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	store_close(b);
	store_close(a);
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", path, files[i]);
		unlink(file);
	}
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_foreign_lock_is_waited_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
