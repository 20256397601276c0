/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What durable costs on a disk, without any of ours: an append made durable, and a small file replaced for good
 * (written, synced, renamed, its folder synced) as a credential reset does it. Figures that wait for the disk are read
 * beside it.
 *
 *   disk FOLDER [TRIES]     rows "disk WHAT VALUE us", medians
 */
#include "tests/bench/load/load_times.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BYTES 900	/* of a small /etc/shadow */

static char fill[BYTES];
static int folder, appended;

static int append(void)
{
	return write(appended, fill, BYTES) != BYTES || fdatasync(appended) < 0;
}

static int replace(void)
{
	int fd = openat(folder, "disk.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int failed = fd < 0 || write(fd, fill, BYTES) != BYTES || fsync(fd) < 0;

	close(fd);
	return failed || renameat(folder, "disk.new", folder, "disk.old") < 0 || fsync(folder) < 0;
}

static void measure(const char *what, int (*once)(void), int tries)
{
	static struct load_times times;

	times.n = 0;
	for (int i = 0; i < tries; i++) {
		int64_t start = load_times_clock_us();

		if (once()) {
			perror(what);
			exit(1);
		}
		load_times_add(&times, load_times_clock_us() - start);
	}
	printf("disk %s %" PRId64 " us\n", what, load_times_at(&times, 50));
}

int main(int argc, char **argv)
{
	int tries = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100;

	folder = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	appended = openat(folder, "disk.append", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (folder < 0 || appended < 0 || tries < 1 || tries > LOAD_TIMES_MAX) {
		fprintf(stderr, "usage: disk FOLDER [TRIES]\n");
		return 2;
	}
	memset(fill, 'x', BYTES);
	measure("append", append, tries);
	measure("replace", replace, tries);
	unlinkat(folder, "disk.append", 0);
	unlinkat(folder, "disk.old", 0);
	return 0;
}
