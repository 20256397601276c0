/* SPDX-License-Identifier: Apache-2.0 */
/* Sends datagrams and never waits: a manager that does not read must not stop a guard. */
#include "agent/base/manager.h"

#include "agent/base/clock.h"
#include "agent/base/str.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_MAX 512

static int manager = -1;
static int64_t watchdog_us;

/* "/run/systemd/notify", or "@name" in the abstract namespace (unix(7)). */
static int open_socket(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	int fd;

	if ((path[0] != '/' && path[0] != '@') || len < 2 || len >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, size) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int64_t read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t value;

	if (!usec || str_number(str_from(usec), INT64_MAX, &value) != ERR_OK)
		return 0;
	if (pid && strtoll(pid, NULL, 10) != getpid())
		return 0;
	return (int64_t)value;
}

void manager_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	manager = path ? open_socket(path) : -1;
	watchdog_us = manager >= 0 ? read_watchdog() : 0;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int64_t manager_watchdog_us(void)
{
	return watchdog_us;
}

static void tell(const char *text)
{
	if (manager >= 0 && send(manager, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* nobody to tell */
}

/* A line end in a status would begin another assignment. */
static void tell_status(const char *before, const char *status)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%sSTATUS=%s", before, status);
	for (char *c = text + strlen(before); *c; c++)
		if (*c == '\n')
			*c = ' ';
	tell(text);
}

void manager_ready(const char *status)
{
	tell_status("READY=1\n", status);
}

void manager_reloading(void)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_awake_us());
	tell(text);
}

void manager_stopping(void)
{
	tell("STOPPING=1");
}

void manager_alive(void)
{
	tell("WATCHDOG=1");
}

void manager_status(const char *status)
{
	tell_status("", status);
}
