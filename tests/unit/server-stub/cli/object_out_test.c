/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that a device chose go to no terminal, over no file, and leave none behind a failure. */
#include "server-stub/cli/object_out.h"

#include "agent/base/require.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

static char dir[64], name[80];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir),
		 "/tmp/caltrop_out.XX"
		 "XX"
		 "XX");
	require(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/out", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(name);
	return rmdir(dir);
}

/* What "-" is opened as while standard output is `fd`. */
static int as_stdout(int fd)
{
	int kept = dup(STDOUT_FILENO), status, out = -1;

	require(kept >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	status = object_out_open("-", &out);
	require(dup2(kept, STDOUT_FILENO) == STDOUT_FILENO);
	close(kept);
	return status == OPTS_GO_ON && out != STDOUT_FILENO ? COMMAND_FAILED : status;
}

static void no_terminal_is_written_to(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), ends[2];

	(void)state;
	require(pipe2(ends, O_CLOEXEC) == 0);
	assert_int_equal(as_stdout(ends[1]), OPTS_GO_ON);
	close(ends[0]);
	close(ends[1]);
	if (terminal < 0)
		skip();
	assert_int_equal(as_stdout(terminal), COMMAND_USAGE);
	close(terminal);
}

static void a_file_is_new_and_gone_after_a_failure(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(object_out_open(name, &fd), OPTS_GO_ON);
	assert_int_equal(object_out_close(name, fd, OPTS_GO_ON), OPTS_GO_ON);
	assert_int_equal(access(name, F_OK), 0);
	assert_int_equal(object_out_open(name, &fd), COMMAND_FAILED);
	assert_int_equal(access(name, F_OK), 0);
	require(unlink(name) == 0);
	assert_int_equal(object_out_open(name, &fd), OPTS_GO_ON);
	assert_int_equal(object_out_close(name, fd, COMMAND_FAILED), COMMAND_FAILED);
	assert_int_not_equal(access(name, F_OK), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_terminal_is_written_to),
		TEST(a_file_is_new_and_gone_after_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
