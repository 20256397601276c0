/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from a program that begins until a file of a folder tells of it, whoever writes that file: the guard's
 * spool, the log of auditd or of what stands behind it. tests/boot/80-peers.sh measures each of them with it.
 *
 *   sink --into DIR --program PATH [--tries N] [--gap-ms M]
 *
 * Try N begins PATH with the arguments "end" and "sink-N", five digits, and is over when a file that was changed in DIR
 * has that word near its end. Prints one line as react.c does. It needs nothing of the guard.
 */
#include "tests/bench/load/load_times.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_US 20000000
#define NEAR_BYTES 65536

struct options {
	const char *into, *program;
	int tries, gap_ms;
};

static int watch;

static void die(const char *what)
{
	fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Whether the last bytes of DIR/NAME hold the word. */
static bool file_has(const char *dir, const char *name, const char *word)
{
	static char bytes[NEAR_BYTES];
	char path[4096];
	ssize_t got;
	off_t end;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	end = lseek(fd, 0, SEEK_END);
	got = pread(fd, bytes, sizeof(bytes), end > NEAR_BYTES ? end - NEAR_BYTES : 0);
	close(fd);
	return got > 0 && memmem(bytes, (size_t)got, word, strlen(word));
}

/* Until something was changed in the folder, or the try is over. */
static bool changed(int64_t until_us)
{
	int64_t left = until_us - load_times_clock_us();
	struct pollfd p = {watch, POLLIN, 0};

	return left > 0 && poll(&p, 1, (int)(left / 1000) + 1) == 1;
}

/* When the word was found there; -1: it was not. */
static int64_t wait_for(const char *dir, const char *word)
{
	int64_t until = load_times_clock_us() + TIMEOUT_US;
	_Alignas(struct inotify_event) char bytes[4096];

	while (changed(until)) {
		int64_t woken = load_times_clock_us();
		ssize_t got = read(watch, bytes, sizeof(bytes));

		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *e = (const void *)(bytes + at);

			at += (ssize_t)(sizeof(*e) + e->len);
			if (e->len && file_has(dir, e->name, word))
				return woken;
		}
	}
	return -1;
}

static int64_t try(const struct options *o, const char *word)
{
	char *const arguments[] = {(char *)(uintptr_t)o->program, "end", (char *)(uintptr_t)word, NULL};
	int64_t begun = load_times_clock_us(), seen;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execv(o->program, arguments);
		_exit(127);
	}
	seen = wait_for(o->into, word);
	waitpid(pid, NULL, 0);
	return seen < 0 ? -1 : seen - begun;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"into", required_argument, NULL, 'i'},
		{"program", required_argument, NULL, 'p'},
		{"tries", required_argument, NULL, 't'},
		{"gap-ms", required_argument, NULL, 'g'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {NULL, NULL, 50, 100};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'i': o.into = optarg; break;
		case 'p': o.program = optarg; break;
		case 't': o.tries = (int)strtol(optarg, NULL, 10); break;
		case 'g': o.gap_ms = (int)strtol(optarg, NULL, 10); break;
		default: exit(2);
		}
	}
	if (!o.into || !o.program || o.tries < 1 || o.tries > LOAD_TIMES_MAX || o.gap_ms < 0) {
		fprintf(stderr, "usage: sink --into DIR --program PATH [--tries N] [--gap-ms M]\n");
		exit(2);
	}
	return o;
}

int main(int argc, char **argv)
{
	static struct load_times times;
	struct options o = read_options(argc, argv);
	struct timespec gap = {o.gap_ms / 1000, o.gap_ms % 1000 * 1000000L};

	watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch < 0 || inotify_add_watch(watch, o.into, IN_MODIFY | IN_CREATE) < 0)
		die(o.into);
	for (int n = 0; n < o.tries; n++) {
		char word[24];

		snprintf(word, sizeof(word), "sink-%05d", n);
		nanosleep(&gap, NULL);
		load_times_add(&times, try(&o, word));
	}
	load_times_print(&times);
	return times.n == 0;
}
