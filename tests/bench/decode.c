/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many lines a second the decoders take on one core, all of them compiled in: a log as a server on the internet
 * writes it, made here from templates with changing addresses, ports, names and process ids, cut into lines and
 * decoded from memory. Prints the best of several rounds, in processor time, so that what else runs here hardly counts,
 * and how many events a round gave.
 *
 *	decode [MEGABYTES] [FILE]	FILE: decode this log instead, repeated to that size
 *	decode write [MEGABYTES] [FILE]	write such a log, with classic stamps, for programs that read files
 */
#include "agent/sensors/log/lines.h"
#include "agent/sensors/log/sensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 15
#define SHARES 100 /* the shares below add up to this */

/* %1 address, %2 port, %3 user, %4 process id */
static const struct {
	const char *text;
	int share;
} templates[] = {
	{"sshd[%4]: Failed password for root from %1 port %2 ssh2", 14},
	{"sshd[%4]: Failed password for invalid user %3 from %1 port %2 ssh2", 12},
	{"sshd[%4]: Invalid user %3 from %1 port %2", 10},
	{"sshd[%4]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%1  "
	 "user=root",
	 8},
	{"sshd[%4]: pam_unix(sshd:auth): check pass; user unknown", 5},
	{"sshd[%4]: Received disconnect from %1 port %2:11: Bye Bye [preauth]", 9},
	{"sshd[%4]: Disconnected from invalid user %3 %1 port %2 [preauth]", 6},
	{"sshd[%4]: Connection closed by authenticating user root %1 port %2 [preauth]", 6},
	{"sshd[%4]: Unable to negotiate with %1 port %2: no matching key exchange method found. Their offer: "
	 "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1 [preauth]",
	 2},
	{"sshd[%4]: Accepted publickey for deploy from %1 port %2 ssh2: ED25519 SHA256:"
	 "q2Vz0aYB9mKxTn4cD7eFgH1iJ3kL5mN6oP8qR0sT2uV",
	 2},
	{"sshd[%4]: pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)", 2},
	{"sshd[%4]: pam_unix(sshd:session): session closed for user deploy", 2},
	{"CRON[%4]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)", 4},
	{"CRON[%4]: pam_unix(cron:session): session closed for user root", 4},
	{"systemd-logind[601]: New session %4 of user deploy.", 3},
	{"sudo:   deploy : TTY=pts/0 ; PWD=/srv/app ; USER=root ; COMMAND=/usr/bin/systemctl restart app", 2},
	{"systemd[1]: Started session-%4.scope - Session %4 of User deploy.", 3},
	{"postfix/smtpd[%4]: disconnect from unknown[%1] ehlo=1 auth=0/1 rset=1 quit=1 commands=3/4", 3},
	{"kernel: [%4.118] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56 SRC=%1 DST=192.0.2.10 LEN=40 TTL=240 "
	 "PROTO=TCP",
	 3},
};

static const char *const names[] = {"admin", "test", "oracle", "ubuntu", "postgres", "git", "user", "ftpuser"};

static uint64_t state = 88172645463325252ull;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % below;
}

static size_t expand(char *out, const char *text)
{
	char *at = out;

	for (; *text; text++) {
		if (text[0] != '%') {
			*at++ = *text;
			continue;
		}
		switch (*++text) {
		case '1': at += sprintf(at, "%u.%u.%u.%u", 1 + draw(223), draw(256), draw(256), 1 + draw(254)); break;
		case '2': at += sprintf(at, "%u", 1024 + draw(64000)); break;
		case '3': at += sprintf(at, "%s", names[draw(8)]); break;
		default: at += sprintf(at, "%u", 300 + draw(4000000)); break;
		}
	}
	return (size_t)(at - out);
}

static size_t make_line(char *out, bool classic)
{
	int pick = (int)draw(SHARES);
	size_t i = 0, len;

	while (pick >= templates[i].share)
		pick -= templates[i++].share;
	if (classic)
		len = (size_t)sprintf(out, "Nov 22 %02u:%02u:%02u gate ", draw(24), draw(60), draw(60));
	else
		len = (size_t)sprintf(out, "2026-11-22T%02u:%02u:%02u.%06u+00:00 gate ", draw(24), draw(60), draw(60),
				      draw(1000000));
	len += expand(out + len, templates[i].text);
	out[len++] = '\n';
	return len;
}

static size_t make_log(char *memory, size_t size, bool classic)
{
	size_t len = 0;

	while (len + 1024 < size)
		len += make_line(memory + len, classic);
	return len;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(const char *what, const char *log, size_t len)
{
	static char kept[LINES_MAX];
	double best = 1e9;
	uint64_t count = 0, events = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct lines lines = lines_over(kept, sizeof(kept));
		struct str line;
		struct event e;
		double start = seconds();

		events = 0;
		lines_feed(&lines, (struct str){log, len});
		while (lines_next(&lines, &line))
			events += sensor_decode(line, &e);
		double took = seconds() - start;

		best = took < best ? took : best;
		count = lines.count;
	}
	printf("decode %-8s %6.2f M lines/s  %7.1f MB/s  (%" PRIu64 " lines of %.0f bytes, %" PRIu64 " events)\n", what,
	       (double)count / best / 1e6, (double)len / best / 1e6, count, (double)len / (double)count, events);
}

static size_t repeat_file(const char *name, char *memory, size_t size)
{
	FILE *f = fopen(name, "rb");
	size_t once = f ? fread(memory, 1, size, f) : 0, len = once;

	if (f)
		fclose(f);
	while (once && len + once <= size) {
		memcpy(memory + len, memory, once);
		len += once;
	}
	return len;
}

static int write_log(const char *name, char *memory, size_t len)
{
	FILE *f = fopen(name, "wb");

	if (!f || fwrite(memory, 1, len, f) != len || fclose(f) != 0) {
		fprintf(stderr, "decode: cannot write %s\n", name);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool writes = argc > 3 && strcmp(argv[1], "write") == 0;

	argc -= writes;
	argv += writes;

	size_t size = (argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 32) * 1000000 + 2048;
	char *memory = malloc(size);

	if (!memory)
		return 1;
	if (writes)
		return write_log(argv[2], memory, make_log(memory, size, true));
	if (argc > 2) {
		size_t len = repeat_file(argv[2], memory, size);

		if (len == 0)
			fprintf(stderr, "decode: cannot read %s\n", argv[2]);
		else
			measure("file", memory, len);
		return len == 0;
	}
	measure("classic", memory, make_log(memory, size, true));
	measure("rfc3339", memory, make_log(memory, size, false));
	free(memory);
	return 0;
}
