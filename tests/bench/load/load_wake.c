/* SPDX-License-Identifier: Apache-2.0 */
/* Three wake-ups in a row, without any work. Never touches what is measured beside it. */
#include "tests/bench/load/load_wake.h"

#include "tests/bench/load/load_times.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS 5000

static int log_fd = -1, observer = -1;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A process that says so on `to` whenever something comes on `from`. */
static void relay(int from, int to)
{
	pid_t pid = fork();
	char bytes[4096];

	if (pid < 0)
		die("fork");
	if (pid != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(from, bytes, sizeof(bytes)) > 0)
		if (write(to, "x", 1) != 1)
			break;
	_exit(0);
}

void load_wake_open(const char *file)
{
	int first[2], second[2], watch = inotify_init1(IN_CLOEXEC);

	log_fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (log_fd < 0 || watch < 0 || inotify_add_watch(watch, file, IN_MODIFY) < 0)
		die(file);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, first) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, second) < 0)
		die("socketpair");
	relay(watch, first[0]);
	relay(first[1], second[0]);
	observer = second[1];
}

int64_t load_wake_once(void)
{
	struct pollfd fd = {observer, POLLIN, 0};
	int64_t start = load_times_clock_us();
	char byte;

	if (write(log_fd, "a line\n", 7) != 7)
		die("write a line");
	if (poll(&fd, 1, TIMEOUT_MS) != 1 || read(observer, &byte, 1) != 1)
		return -1;
	return load_times_clock_us() - start;
}
