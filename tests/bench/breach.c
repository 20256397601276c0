/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from the line of a successful login after failures (a breach) to the answer being in force, seen from
 * outside: /etc/shadow replaced by another file (inotify(7), IN_MOVED_TO) and a session process of the account gone
 * (pidfd). Each try starts a process as that account, writes four failures and a success from a fresh address with one
 * write(2), and waits for both events.
 *
 *   breach --log FILE --account NAME --uid N [--floor FOLDER] [--tries N] [--gap-ms M] [--first A.B.C.D]
 *
 * Prints n, p50, p90, p99, max in microseconds, and how many tries did not see both within five seconds. With --floor,
 * one bare replacement of a file in FOLDER (load_disk.h) is measured before every try; a second line, "floor n ...".
 */
#include "tests/bench/load/load_disk.h"
#include "tests/bench/load/load_times.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 5000

struct options {
	const char *log, *account, *floor;
	int uid, tries, gap_ms;
	uint32_t first;
};

#define SESSION_TRIES 100

static void die(const char *what)
{
	fprintf(stderr, "breach: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A process that runs as the account and waits to be ended; -1 when something ended it before it could say so. */
static pid_t try_session(int uid)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		die("pipe");
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setgid((gid_t)uid) < 0 || setuid((uid_t)uid) < 0)
			_exit(1);
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	bool runs = read(ready[0], &byte, 1) == 1;

	close(ready[0]);
	if (!runs)
		waitpid(pid, NULL, 0);
	return runs ? pid : -1;
}

/* A session of the account. The logout of the try before may still look for sessions that were about to begin. */
static pid_t start_session(int uid)
{
	for (unsigned i = 0; i < SESSION_TRIES; i++) {
		pid_t pid = try_session(uid);

		if (pid > 0)
			return pid;
		usleep(10000);
	}
	die("no session of the account lives");
	return -1;
}

static void write_breach(int fd, const struct options *o, int try)
{
	char text[2048], stamp[32], address[INET_ADDRSTRLEN];
	size_t len = 0;
	time_t now = time(NULL);
	struct tm tm;
	uint32_t address_be = htonl(o->first + (uint32_t)try);

	inet_ntop(AF_INET, &address_be, address, sizeof(address));
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	for (int i = 0; i < 5; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s bench sshd[%d]: %s password for %s from %s port %d ssh2\n", stamp,
					20000 + (try * 8 + i) % 30000, i < 4 ? "Failed" : "Accepted", o->account,
					address, 40000 + i);
	if (write(fd, text, len) != (ssize_t)len)
		die("write");
}

static bool shadow_moved(int fd)
{
	char buffer[4096] __attribute__((aligned(8)));
	ssize_t got = read(fd, buffer, sizeof(buffer));

	for (char *at = buffer; got > 0 && at < buffer + got;) {
		struct inotify_event *e = (struct inotify_event *)at;

		if (e->len && strcmp(e->name, "shadow") == 0)
			return true;
		at += sizeof(*e) + e->len;
	}
	return false;
}

/* Both events, or false after the time-out. */
static bool wait_for_answer(int watch, int pidfd, int64_t until_us)
{
	bool moved = false, ended = false;

	while (!moved || !ended) {
		struct pollfd fds[2] = {{moved ? -1 : watch, POLLIN, 0}, {ended ? -1 : pidfd, POLLIN, 0}};
		int64_t left = until_us - load_times_clock_us();

		if (left <= 0 || poll(fds, 2, (int)(left / 1000) + 1) < 0)
			return false;
		if (fds[0].revents)
			moved = shadow_moved(watch);
		if (fds[1].revents)
			ended = true;
	}
	return true;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"log", required_argument, NULL, 'l'},	  {"account", required_argument, NULL, 'a'},
		{"uid", required_argument, NULL, 'u'},	  {"tries", required_argument, NULL, 't'},
		{"gap-ms", required_argument, NULL, 'g'}, {"first", required_argument, NULL, 'f'},
		{"floor", required_argument, NULL, 'd'},  {NULL, 0, NULL, 0},
	};
	struct options o = {NULL, NULL, NULL, 0, 50, 200, 0};
	const char *first = "198.19.0.1";
	struct in_addr in;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'l': o.log = optarg; break;
		case 'a': o.account = optarg; break;
		case 'u': o.uid = (int)strtol(optarg, NULL, 10); break;
		case 't': o.tries = (int)strtol(optarg, NULL, 10); break;
		case 'g': o.gap_ms = (int)strtol(optarg, NULL, 10); break;
		case 'f': first = optarg; break;
		case 'd': o.floor = optarg; break;
		default: exit(2);
		}
	}
	if (!o.log || !o.account || o.uid < 1 || o.tries < 1 || o.tries > LOAD_TIMES_MAX ||
	    inet_pton(AF_INET, first, &in) != 1) {
		fprintf(stderr, "usage: breach --log FILE --account NAME --uid N [--floor FOLDER] [--tries N]\n"
				"              [--gap-ms M] [--first A.B.C.D]\n");
		exit(2);
	}
	o.first = ntohl(in.s_addr);
	return o;
}

int main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);
	static struct load_times times, floor;
	int fd = open(o.log, O_WRONLY | O_APPEND | O_CLOEXEC);
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || watch < 0 || inotify_add_watch(watch, "/etc", IN_MOVED_TO) < 0)
		die(o.log);
	if (o.floor)
		load_disk_open(o.floor);
	for (int try = 0; try < o.tries; try++) {
		struct timespec gap = {o.gap_ms / 1000, o.gap_ms % 1000 * 1000000L};
		pid_t session = start_session(o.uid);
		int pidfd = (int)syscall(SYS_pidfd_open, session, 0);

		if (o.floor)
			load_times_add(&floor, load_disk_replace());
		nanosleep(&gap, NULL); /* the pace of the attack, not a wait for an event */
		int64_t start = load_times_clock_us();

		write_breach(fd, &o, try);
		bool answered = wait_for_answer(watch, pidfd, start + TIMEOUT_MS * 1000);

		load_times_add(&times, answered ? load_times_clock_us() - start : -1);
		kill(session, SIGKILL);
		waitpid(session, NULL, 0);
		close(pidfd);
	}
	load_times_print(&times);
	if (o.floor) {
		printf("floor ");
		load_times_print(&floor);
	}
	return times.n == 0;
}
