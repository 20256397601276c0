/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A manager with a name in the abstract namespace, which no test leaves behind. */
static int serve(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path + 1, name + 1, strlen(name) - 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
			 0);
	return fd;
}

static const char *heard(int fd)
{
	static char text[1024];
	ssize_t got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

static int open_manager(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "@caltrop-manager-%ld", (long)getpid());
	fd = serve(name);
	setenv("NOTIFY_SOCKET", name, 1);
	manager_open();
	return fd;
}

static void manager_hears_what_sd_notify_describes(void **state)
{
	int fd = open_manager();

	(void)state;
	manager_ready("on\nguard");
	assert_string_equal(heard(fd), "READY=1\nSTATUS=on guard");
	manager_reloading();
	assert_int_equal(strncmp(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	manager_alive();
	assert_string_equal(heard(fd), "WATCHDOG=1");
	manager_status("busy");
	assert_string_equal(heard(fd), "STATUS=busy");
	manager_stopping();
	assert_string_equal(heard(fd), "STOPPING=1");
	close(fd);
}

static void children_hear_of_no_manager(void **state)
{
	int fd;

	(void)state;
	setenv("WATCHDOG_USEC", "4000000", 1);
	fd = open_manager();
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_int_equal(manager_watchdog_us(), 4000000);
	close(fd);
}

static void watchdog_of_another_process_is_not_ours(void **state)
{
	int fd;

	(void)state;
	setenv("WATCHDOG_USEC", "4000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	fd = open_manager();
	assert_int_equal(manager_watchdog_us(), 0);
	close(fd);
}

static void manager_that_does_not_read_is_not_waited_for(void **state)
{
	int fd = open_manager();

	(void)state;
	for (int i = 0; i < 10000; i++)
		manager_alive();
	close(fd);
}

static void without_a_manager_nothing_happens(void **state)
{
	static const char *const odd[] = {"", "/", "relative", "/nonexistent/socket"};

	(void)state;
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		setenv("NOTIFY_SOCKET", odd[i], 1);
		setenv("WATCHDOG_USEC", "4000000", 1);
		manager_open();
		assert_int_equal(manager_watchdog_us(), 0);
		manager_ready("nobody hears this");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manager_hears_what_sd_notify_describes),
		cmocka_unit_test(children_hear_of_no_manager),
		cmocka_unit_test(watchdog_of_another_process_is_not_ours),
		cmocka_unit_test(manager_that_does_not_read_is_not_waited_for),
		cmocka_unit_test(without_a_manager_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
