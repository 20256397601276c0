/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from a program that begins to an alert about it, seen from outside: to the file in which the guard keeps the
 * record. Beside it, before every try, what a bare reader takes to be woken by the kernel's ring for such a program,
 * without doing anything about it: a second copy of the guard's own program in the kernel tells this one.
 *
 *   alert --spool DIR --program PATH [--tries N] [--gap-ms M] [--first N]
 *
 * caltrop-bpf stands beside this program. Try N begins PATH with the argument "try-N", five digits, for which the guard
 * has a rule of the identifier 00000000-0000-4000-8000-0000000N; its parent has ended then, so that no two tries are
 * one incident. Prints what react.c prints, and the reader's line as "floor n ...".
 */
#include "agent/actor/sys/loader.h"
#include "agent/common/process_sample.h"
#include "agent/source/ring.h"
#include "tests/bench/load/load_times.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_US 5000000

struct options {
	const char *spool, *program;
	int tries, gap_ms, first;
};

static _Atomic int64_t *begun; /* when the program of this try began; shared with who begins it */
static struct ring ring;
static int ring_fd, watch;

static void die(const char *what)
{
	fprintf(stderr, "alert: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void rest(int ms)
{
	struct timespec gap = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&gap, NULL);
}

/* A child of a process that has ended, which says when it begins the program. */
static void begin(const char *program, const char *word)
{
	char *const arguments[] = {(char *)(uintptr_t)program, (char *)(uintptr_t)word, NULL};
	pid_t middle = fork();

	if (middle < 0)
		die("fork");
	if (middle == 0) {
		pid_t self = getpid();

		if (fork() != 0)
			_exit(0);
		while (getppid() == self)
			sched_yield();
		atomic_store(begun, load_times_clock_us());
		execv(program, arguments);
		_exit(127);
	}
	waitpid(middle, NULL, 0);
}

/* Until the descriptor has something, or the try is over. */
static bool wait_on(int fd, int64_t until_us)
{
	int64_t left = until_us - load_times_clock_us();
	struct pollfd p = {fd, POLLIN, 0};

	return left > 0 && poll(&p, 1, (int)(left / 1000) + 1) == 1;
}

static bool is_of(struct str sample, const char *word)
{
	return sample.len > sizeof(struct process_sample) && memmem(sample.data, sample.len, word, strlen(word));
}

/* When this process had been woken and found the program in the ring; -1: not at all. */
static int64_t wait_ring(const char *word)
{
	int64_t until = load_times_clock_us() + TIMEOUT_US;
	struct str sample;

	do {
		while (ring_take(&ring, &sample))
			if (is_of(sample, word))
				return load_times_clock_us();
	} while (wait_on(ring_fd, until));
	return -1;
}

/* Whether what was appended to the spool's newest file since holds the text. */
static bool spool_has(const char *dir, const char *name, const char *text)
{
	static char bytes[1 << 20];
	char path[4096];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	off_t end = lseek(fd, 0, SEEK_END), from = end > (off_t)sizeof(bytes) ? end - (off_t)sizeof(bytes) : 0;

	got = pread(fd, bytes, sizeof(bytes), from);
	close(fd);
	return got > 0 && memmem(bytes, (size_t)got, text, strlen(text));
}

static int64_t wait_spool(const struct options *o, const char *id)
{
	int64_t until = load_times_clock_us() + TIMEOUT_US;
	_Alignas(struct inotify_event) char bytes[4096];

	while (wait_on(watch, until)) {
		int64_t woken = load_times_clock_us();
		ssize_t got = read(watch, bytes, sizeof(bytes));

		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *e = (const void *)(bytes + at);

			at += (ssize_t)(sizeof(*e) + e->len);
			if (e->len && spool_has(o->spool, e->name, id))
				return woken;
		}
	}
	return -1;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"spool", required_argument, NULL, 's'}, {"program", required_argument, NULL, 'p'},
		{"tries", required_argument, NULL, 't'}, {"gap-ms", required_argument, NULL, 'g'},
		{"first", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0},
	};
	struct options o = {NULL, NULL, 100, 20, 0};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's': o.spool = optarg; break;
		case 'p': o.program = optarg; break;
		case 't': o.tries = (int)strtol(optarg, NULL, 10); break;
		case 'g': o.gap_ms = (int)strtol(optarg, NULL, 10); break;
		case 'f': o.first = (int)strtol(optarg, NULL, 10); break;
		default: exit(2);
		}
	}
	if (!o.spool || !o.program || o.tries < 1 || o.tries > LOAD_TIMES_MAX || o.gap_ms < 0) {
		fprintf(stderr, "usage: alert --spool DIR --program PATH [--tries N] [--gap-ms M] [--first N]\n");
		exit(2);
	}
	return o;
}

static void open_all(const struct options *o)
{
	static char record[PROCESS_SAMPLE_MAX];
	static struct loader loader;

	begun = mmap(NULL, sizeof(*begun), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (begun == MAP_FAILED)
		die("mmap");
	loader_run(&loader, "process");
	if (!loader.there)
		exit(77);
	ring_fd = loader.fds[0];
	ring.record = record;
	ring.record_max = sizeof(record);
	if (!ring_map(&ring, ring_fd, PROCESS_RING_BYTES))
		die("ring");
	watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch < 0 || inotify_add_watch(watch, o->spool, IN_MODIFY | IN_CREATE) < 0)
		die(o->spool);
}

/* What came before this try is not its news. */
static void forget(void)
{
	char bytes[4096];
	struct str sample;

	while (read(watch, bytes, sizeof(bytes)) > 0)
		;
	while (ring_take(&ring, &sample))
		;
}

int main(int argc, char **argv)
{
	static struct load_times times, floor;
	struct options o = read_options(argc, argv);

	open_all(&o);
	for (int try = o.first; try < o.first + o.tries; try++) {
		char word[24], id[48];

		snprintf(word, sizeof(word), "bare-%05d", try);
		rest(o.gap_ms);
		forget();
		begin(o.program, word);
		int64_t seen = wait_ring(word);

		load_times_add(&floor, seen < 0 ? -1 : seen - atomic_load(begun));
		snprintf(word, sizeof(word), "try-%05d", try);
		snprintf(id, sizeof(id), "00000000-0000-4000-8000-0000000%05d", try);
		rest(o.gap_ms);
		forget();
		begin(o.program, word);
		seen = wait_spool(&o, id);
		load_times_add(&times, seen < 0 ? -1 : seen - atomic_load(begun));
	}
	load_times_print(&times);
	printf("floor ");
	load_times_print(&floor);
	return times.n == 0;
}
