/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine takes for the wake-ups alone: a line is appended to a file, a first process hears of it by
 * inotify(7) and tells a second over a socket, which tells the observer, and nobody does any work. A guard of two
 * processes seen from outside cannot be faster.
 *
 *   floor FILE [TRIES] [GAP_MS]     row "floor n p50 p90 p99 max missed" in microseconds
 */
#include "tests/bench/load/load_times.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 5000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A process that says so on `to` whenever something comes on `from`. */
static pid_t relay(int from, int to)
{
	pid_t pid = fork();
	char bytes[4096];

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(from, bytes, sizeof(bytes)) > 0)
		if (write(to, "x", 1) != 1)
			break;
	_exit(0);
}

static int watch(const char *file)
{
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, file, IN_MODIFY) < 0)
		die(file);
	return fd;
}

int main(int argc, char **argv)
{
	static struct load_times times;
	int tries = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 200;
	int gap_ms = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5;
	int file = argc > 1 ? open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
	int first[2], second[2];
	char byte;

	if (file < 0 || tries < 1 || tries > LOAD_TIMES_MAX) {
		fprintf(stderr, "usage: floor FILE [TRIES] [GAP_MS]\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, first) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, second) < 0)
		die("socketpair");
	pid_t a = relay(watch(argv[1]), first[0]), b = relay(first[1], second[0]);

	for (int i = 0; i < tries; i++) {
		struct pollfd fd = {second[1], POLLIN, 0};

		poll(NULL, 0, gap_ms);	/* the pace, not a wait for an event */
		int64_t start = load_times_clock_us();

		if (write(file, "a line\n", 7) != 7)
			die(argv[1]);
		bool came = poll(&fd, 1, TIMEOUT_MS) == 1 && read(second[1], &byte, 1) == 1;

		load_times_add(&times, came ? load_times_clock_us() - start : -1);
	}
	printf("floor ");
	load_times_print(&times);
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	while (wait(NULL) > 0)
		;
	return times.n == 0;
}
