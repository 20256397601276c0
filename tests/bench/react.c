/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from a log line to the kernel, for any program that bans through nf_tables. Writes failure lines for a fresh
 * address with one write(2), and waits until the kernel drops it (load_drop.h), so what is measured is a drop in force,
 * seen from outside. The guard, sshguard and fail2ban are measured by the same bytes in the same run.
 *
 *   react --log FILE [--floor FILE] [--tries N] [--lines K] [--gap-ms M] [--first A.B.C.D]
 *
 * Prints one line: n, p50, p90, p99, max in microseconds, and how many tries saw nothing within five seconds. With
 * --floor, bare wake-ups (load_wake.h) are measured before every try, after as long a gap, and told in a second line,
 * "floor n ...".
 */
#include "tests/bench/load/load_drop.h"
#include "tests/bench/load/load_times.h"
#include "tests/bench/load/load_wake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 5000

struct options {
	const char *log, *floor;
	int tries, lines, gap_ms;
	uint32_t first;
};

static void die(const char *what)
{
	fprintf(stderr, "react: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_failures(int fd, const struct options *o, uint32_t address_be, int try)
{
	char text[16384], stamp[32], address[INET_ADDRSTRLEN];
	size_t len = 0;
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm);
	inet_ntop(AF_INET, &address_be, address, sizeof(address));
	for (int i = 0; i < o->lines; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s bench sshd[%d]: Failed password for root from %s port %d ssh2\n", stamp,
					10000 + (try * 16 + i) % 50000, address, 40000 + i);
	if (write(fd, text, len) != (ssize_t)len)
		die("write");
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"log", required_argument, NULL, 'l'},
		{"tries", required_argument, NULL, 't'},
		{"lines", required_argument, NULL, 'k'},
		{"gap-ms", required_argument, NULL, 'g'},
		{"first", required_argument, NULL, 'f'},
		{"floor", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {NULL, NULL, 200, 5, 20, 0};
	const char *first = "198.18.0.1";
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'l': o.log = optarg; break;
		case 't': o.tries = (int)strtol(optarg, NULL, 10); break;
		case 'k': o.lines = (int)strtol(optarg, NULL, 10); break;
		case 'g': o.gap_ms = (int)strtol(optarg, NULL, 10); break;
		case 'f': first = optarg; break;
		case 'w': o.floor = optarg; break;
		default: exit(2);
		}
	}
	struct in_addr in;

	if (!o.log || o.tries < 1 || o.tries > LOAD_TIMES_MAX || o.lines < 1 || o.lines > 64 ||
	    inet_pton(AF_INET, first, &in) != 1) {
		fprintf(stderr, "usage: react --log FILE [--floor FILE] [--tries N] [--lines K] [--gap-ms M]\n"
				"             [--first A.B.C.D]\n");
		exit(2);
	}
	o.first = ntohl(in.s_addr);
	return o;
}

/* The pace of the attack, not a wait for an event. */
static void rest(int ms)
{
	struct timespec gap = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&gap, NULL);
}

int main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);
	static struct load_times times, floor;
	int fd = open(o.log, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		die(o.log);
	load_drop_open();
	if (o.floor)
		load_wake_open(o.floor);
	for (int try = 0; try < o.tries; try++) {
		uint32_t address_be = htonl(o.first + (uint32_t)try);

		if (o.floor) {
			rest(o.gap_ms);
			load_times_add(&floor, load_wake_once());
		}
		rest(o.gap_ms);
		int64_t start = load_times_clock_us();

		write_failures(fd, &o, address_be, try);
		int64_t seen = load_drop_wait(address_be, start + TIMEOUT_MS * 1000);

		load_times_add(&times, seen < 0 ? -1 : seen - start);
	}
	load_times_print(&times);
	if (o.floor) {
		printf("floor ");
		load_times_print(&floor);
	}
	close(fd);
	return times.n == 0;
}
