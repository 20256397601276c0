/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets that the actor makes for the core, also where an earlier run left one behind. */
#include "agent/actor/sys/sockets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[] = "/tmp/sockets-XX"
		    "XX"
		    "XX";
static char path[64];
static struct settings settings;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/syslog", dir);
	snprintf(settings.syslog_socket, sizeof(settings.syslog_socket), "%s", path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void send_to(const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address)), strlen(text));
	close(fd);
}

static void sockets_syslog_replaces_the_one_of_an_earlier_run(void **state)
{
	char text[16];
	int first = sockets_syslog(&settings), second;

	(void)state;
	assert_true(first >= 0);
	close(first);
	second = sockets_syslog(&settings);
	assert_true(second >= 0);
	send_to("line");
	assert_int_equal(recv(second, text, sizeof(text), 0), 4);
	close(second);
}

static void sockets_syslog_leaves_one_that_is_in_use(void **state)
{
	int first = sockets_syslog(&settings);

	(void)state;
	assert_true(first >= 0);
	errno = 0;
	assert_int_equal(sockets_syslog(&settings), -1);
	assert_int_equal(errno, EADDRINUSE);
	send_to("line");
	close(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_syslog_replaces_the_one_of_an_earlier_run),
		cmocka_unit_test(sockets_syslog_leaves_one_that_is_in_use),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
