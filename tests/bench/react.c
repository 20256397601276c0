/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from a log line to the kernel, for any program that bans through nf_tables. Writes failure lines for a fresh
 * address with one write(2), and waits for the NFT_MSG_NEWSETELEM that holds this address on the nf_tables notification
 * group (linux/netfilter/nfnetlink.h): the kernel sends it after the commit, so what is measured is a drop in force,
 * seen from outside. The guard, sshguard and fail2ban are measured by the same bytes in the same run.
 *
 *   react --log FILE [--floor FILE] [--tries N] [--lines K] [--gap-ms M] [--first A.B.C.D]
 *
 * Prints one line: n, p50, p90, p99, max in microseconds, and how many tries saw nothing within five seconds. With
 * --floor, bare wake-ups (load_wake.h) are measured before every try, after as long a gap, and told in a second line,
 * "floor n ...".
 */
#include "tests/bench/load/load_times.h"
#include "tests/bench/load/load_wake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 5000
#define GROUP NFNLGRP_NFTABLES

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

static bool holds(const uint8_t *data, size_t len, uint32_t address_be)
{
	return memmem(data, len, &address_be, sizeof(address_be)) != NULL;
}

/* Whether a datagram of notifications holds a new set element with this address. */
static bool announces(const uint8_t *buffer, size_t len, uint32_t address_be)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
	int left = (int)len;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM) &&
		    holds((const uint8_t *)message, message->nlmsg_len, address_be))
			return true;
	return false;
}

/* Microsecond at which the address entered a set, or -1 after the time-out. */
static int64_t wait_for(struct mnl_socket *nl, uint32_t address_be, int64_t until_us)
{
	static uint8_t buffer[65536] __attribute__((aligned(8)));
	struct pollfd fd = {mnl_socket_get_fd(nl), POLLIN, 0};

	for (;;) {
		int64_t left = until_us - load_times_clock_us();

		if (left <= 0 || poll(&fd, 1, (int)(left / 1000) + 1) < 0)
			return -1;
		ssize_t got = recv(fd.fd, buffer, sizeof(buffer), MSG_DONTWAIT);

		if (got > 0 && announces(buffer, (size_t)got, address_be))
			return load_times_clock_us();
	}
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

static struct mnl_socket *listen_for_sets(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_NETFILTER);
	int group = GROUP, size = 8 << 20;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink socket");
	if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		die("join the nf_tables group");
	(void)setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return nl;
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
	struct mnl_socket *nl = listen_for_sets();
	int fd = open(o.log, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		die(o.log);
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
		int64_t seen = wait_for(nl, address_be, start + TIMEOUT_MS * 1000);

		load_times_add(&times, seen < 0 ? -1 : seen - start);
	}
	load_times_print(&times);
	if (o.floor) {
		printf("floor ");
		load_times_print(&floor);
	}
	close(fd);
	mnl_socket_close(nl);
	return times.n == 0;
}
