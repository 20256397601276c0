/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the way over systemd's journald costs. A failure line for a fresh address is handed to journald as syslog(3)
 * does, in a datagram, and the guard bans at the first one: the kernel's drop is the guard's word that it has seen it.
 *
 *   journal --socket PATH --file FILE ...    in turns: a line to journald, which forwards it to the guard, and a line
 *                                            written to a log file; rows "forwarded" and "file"
 *   journal --socket PATH ... <PIPE          the same line by the guard and by a reader of the journal, whose text
 *                                            comes on standard input; rows "guard" and "reader"
 *
 *   [--tries N] [--gap-ms M] [--first A.B.C.D]
 *
 * A row is "NAME n N p50 ... p99 ... missed N" in microseconds; a try that nothing came of in five seconds is missed.
 */
#include "tests/bench/load/load_drop.h"
#include "tests/bench/load/load_times.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_US 5000000
#define WARM_TRIES 20 /* before the first that counts: the reader may not be there yet */
#define PRIORITY 86   /* authpriv.info */

struct options {
	const char *socket, *file;
	int tries, gap_ms;
	uint32_t first;
};

/* What was read of the reader and has no line end yet. */
struct reader {
	char text[65536];
	size_t len;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

static void text_of(uint32_t address_be, char text[INET_ADDRSTRLEN])
{
	inet_ntop(AF_INET, &address_be, text, INET_ADDRSTRLEN);
}

/* A failed log-in, as a file has it or, with a priority, as a datagram has it. */
static void log_failure(int fd, uint32_t address_be, bool in_file)
{
	char line[512], stamp[32], address[INET_ADDRSTRLEN];
	time_t now = time(NULL);
	struct tm tm;

	strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", localtime_r(&now, &tm));
	text_of(address_be, address);
	int len = in_file ? snprintf(line, sizeof(line), "%s bench ", stamp)
			  : snprintf(line, sizeof(line), "<%d>%s ", PRIORITY, stamp);

	len += snprintf(line + len, sizeof(line) - (size_t)len,
			"sshd[%d]: Failed password for root from %s port %d ssh2%s", (int)getpid(), address,
			1024 + (int)(ntohl(address_be) & 0x7fff), in_file ? "\n" : "");
	if (write(fd, line, (size_t)len) != len)
		die("write a line");
}

/* The pace of the attack, not a wait for an event. */
static void rest(int ms)
{
	struct timespec gap = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&gap, NULL);
}

/* Read what has come. Whether a whole line of it names the address. */
static bool reader_look(struct reader *r, uint32_t address_be)
{
	char address[INET_ADDRSTRLEN + 8], text[INET_ADDRSTRLEN];
	ssize_t n = read(STDIN_FILENO, r->text + r->len, sizeof(r->text) - 1 - r->len);
	char *end;

	if (n <= 0) {
		fprintf(stderr, "journal: the reader of the journal has ended\n");
		exit(1);
	}
	r->len += (size_t)n;
	r->text[r->len] = '\0';
	text_of(address_be, text);
	snprintf(address, sizeof(address), "from %s ", text);
	end = strrchr(r->text, '\n');
	if (!end) {
		if (r->len == sizeof(r->text) - 1)
			r->len = 0;
		return false;
	}
	*end = '\0';
	bool found = strstr(r->text, address) != NULL;

	r->len -= (size_t)(end + 1 - r->text);
	memmove(r->text, end + 1, r->len);
	return found;
}

struct seen {
	int64_t guard, reader; /* microseconds since the line; -1: not seen */
};

/* Hand in one line, and wait until both have seen it. */
static struct seen one_line(int fd, struct reader *r, uint32_t address_be, int64_t patience_us)
{
	struct pollfd fds[] = {{load_drop_fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
	struct seen seen = {-1, -1};
	int64_t start = load_times_clock_us(), left;

	log_failure(fd, address_be, false);
	while ((seen.guard < 0 || seen.reader < 0) && (left = start + patience_us - load_times_clock_us()) > 0) {
		if (poll(fds, 2, (int)(left / 1000) + 1) < 0)
			die("poll");
		int64_t now = load_times_clock_us();

		if (fds[0].revents && load_drop_look(address_be))
			seen.guard = now - start;
		if (fds[1].revents && reader_look(r, address_be))
			seen.reader = now - start;
	}
	return seen;
}

static void print(const char *name, struct load_times *times)
{
	printf("%s ", name);
	load_times_print(times);
}

static int beside_a_reader(const struct options *o)
{
	static struct load_times guard, other;
	static struct reader r;
	struct seen seen = {-1, -1};
	uint32_t address = o->first;
	int fd = connect_to(o->socket);

	for (int i = 0; i < WARM_TRIES && (seen.guard < 0 || seen.reader < 0); i++)
		seen = one_line(fd, &r, htonl(address++), TIMEOUT_US / 5);
	for (int i = 0; i < o->tries; i++) {
		/* Uneven, so that neither is met at the same moment of journald's own delay again and again. */
		rest(o->gap_ms + i * 37 % 100);
		seen = one_line(fd, &r, htonl(address++), TIMEOUT_US);
		load_times_add(&guard, seen.guard);
		load_times_add(&other, seen.reader);
	}
	print("guard", &guard);
	print("reader", &other);
	return guard.n == 0 || other.n == 0;
}

static int beside_a_file(const struct options *o)
{
	static struct load_times forwarded, file;
	uint32_t address = o->first;
	int ways[] = {connect_to(o->socket), open(o->file, O_WRONLY | O_APPEND | O_CLOEXEC)};
	struct load_times *times[] = {&forwarded, &file};

	if (ways[1] < 0)
		die(o->file);
	for (int i = 0; i < 2 * (o->tries + WARM_TRIES); i++) {
		uint32_t address_be = htonl(address++);

		rest(o->gap_ms);
		int64_t start = load_times_clock_us();

		log_failure(ways[i % 2], address_be, i % 2);
		int64_t seen = load_drop_wait(address_be, start + TIMEOUT_US);

		if (i >= 2 * WARM_TRIES)
			load_times_add(times[i % 2], seen < 0 ? -1 : seen - start);
	}
	print("forwarded", &forwarded);
	print("file", &file);
	return forwarded.n == 0 || file.n == 0;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"socket", required_argument, NULL, 's'}, {"file", required_argument, NULL, 'l'},
		{"tries", required_argument, NULL, 't'},  {"gap-ms", required_argument, NULL, 'g'},
		{"first", required_argument, NULL, 'f'},  {NULL, 0, NULL, 0},
	};
	struct options o = {.tries = 200, .gap_ms = 20};
	const char *first = "198.18.0.1";
	struct in_addr in;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's': o.socket = optarg; break;
		case 'l': o.file = optarg; break;
		case 't': o.tries = (int)strtol(optarg, NULL, 10); break;
		case 'g': o.gap_ms = (int)strtol(optarg, NULL, 10); break;
		case 'f': first = optarg; break;
		default: exit(2);
		}
	}
	if (!o.socket || o.tries < 1 || o.tries > LOAD_TIMES_MAX || inet_pton(AF_INET, first, &in) != 1) {
		fprintf(stderr,
			"usage: journal --socket PATH [--file FILE] [--tries N] [--gap-ms M] [--first A.B.C.D]\n");
		exit(2);
	}
	o.first = ntohl(in.s_addr);
	return o;
}

int main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);

	load_drop_open();
	return o.file ? beside_a_file(&o) : beside_a_reader(&o);
}
