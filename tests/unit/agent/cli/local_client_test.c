/* SPDX-License-Identifier: Apache-2.0 */
/* One question to a guard that a child plays, and to none. */
#include "agent/cli/local_client.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/caltrop-client-......";
static struct sockaddr_un name = {.sun_family = AF_UNIX};

static int set_up(void **state)
{
	(void)state;
	memset(dir + strlen(dir) - 6, 'X', 6);
	if (!mkdtemp(dir))
		return 1;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(name.sun_path);
	return rmdir(dir);
}

/* Takes one line and answers `times` times `row`; ends with 0 when the line was the expected one. */
static _Noreturn void play_guard(int listener, const char *request, const char *row, size_t times)
{
	int fd = accept(listener, NULL, NULL);
	char line[1024];
	size_t len = 0;

	while (len < sizeof(line) && (len == 0 || line[len - 1] != '\n') && read(fd, line + len, 1) == 1)
		len++;
	for (size_t i = 0; i < times; i++)
		if (send(fd, row, strlen(row), MSG_NOSIGNAL) < 0)
			break;
	close(fd);
	_exit(len == strlen(request) + 1 && memcmp(line, request, len - 1) == 0 ? 0 : 1);
}

static enum err ask(const char *request, const char *row, size_t times, struct str *answer)
{
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status = -1;
	enum err err;
	pid_t pid;

	unlink(name.sun_path);
	require(bind(listener, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(listener, 1) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0)
		play_guard(listener, request, row, times);
	close(listener);
	err = local_client_ask(name.sun_path, request, answer);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return err;
}

static void answer_is_all_that_the_guard_says(void **state)
{
	static const char row[] = "ban\taddress=192.0.2.1\n";
	struct str answer;

	(void)state;
	assert_int_equal(ask("bans", row, 1, &answer), ERR_OK);
	assert_true(str_equal(answer, str_from(row)));
	free((void *)(uintptr_t)answer.data);
	assert_int_equal(ask("bans", row, 10000, &answer), ERR_OK);
	assert_int_equal(answer.len, 10000 * strlen(row));
	assert_memory_equal(answer.data + answer.len - strlen(row), row, strlen(row));
	free((void *)(uintptr_t)answer.data);
	assert_int_equal(ask("bans", row, 0, &answer), ERR_OK);
	assert_int_equal(answer.len, 0);
	free((void *)(uintptr_t)answer.data);
}

static void answer_without_end_is_given_up(void **state)
{
	static char row[65536];
	struct str answer;

	(void)state;
	memset(row, 'x', sizeof(row) - 1);
	assert_int_equal(ask("bans", row, 2 + LOCAL_CLIENT_ANSWER_MAX / (sizeof(row) - 1), &answer), ERR_TOO_LONG);
}

static void no_guard_is_told_from_other_errors(void **state)
{
	char request[700], path[300];
	struct str answer;
	int listener;

	(void)state;
	unlink(name.sun_path);
	assert_int_equal(local_client_ask(name.sun_path, "status", &answer), ERR_NOT_FOUND);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(bind(listener, (struct sockaddr *)&name, sizeof(name)) == 0);
	/* Its socket is left over from a guard that is gone. */
	assert_int_equal(local_client_ask(name.sun_path, "status", &answer), ERR_NOT_FOUND);
	require(listen(listener, 1) == 0);
	memset(request, 'x', sizeof(request) - 1);
	request[sizeof(request) - 1] = '\0';
	assert_int_equal(local_client_ask(name.sun_path, request, &answer), ERR_TOO_LONG);
	close(listener);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(local_client_ask(path, "status", &answer), ERR_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_is_all_that_the_guard_says),
		cmocka_unit_test(answer_without_end_is_given_up),
		cmocka_unit_test(no_guard_is_told_from_other_errors),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
