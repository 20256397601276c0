/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal's descriptor is usually one for all three, open for reading as well. It is opened anew under its number in
 * /proc, which works in any mount namespace. That its owner cannot type (TIOCSTI of ioctl_tty(2)) is for filters.
 */
#include "agent/base/terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define DESCRIPTORS 1024 /* that are looked at; more a program has by default nowhere */

static void become(int fd, const char *path, int flags)
{
	int fresh = open(path, flags | O_NOCTTY | O_CLOEXEC);

	if (fresh < 0)
		fresh = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fresh == fd)
		(void)fcntl(fd, F_SETFD, 0);
	if (fresh < 0 || fresh == fd)
		return;
	(void)dup2(fresh, fd);
	close(fresh);
}

static void close_others(void)
{
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		close(fd);
}

void terminal_leave(void)
{
	char path[32];

	close_others();
	become(STDIN_FILENO, "/dev/null", O_RDONLY);
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		/* A closed one would become the number of the next file. */
		if (isatty(fd) || fcntl(fd, F_GETFD) < 0)
			become(fd, path, O_WRONLY);
	}
}
