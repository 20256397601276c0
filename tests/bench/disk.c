/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What durable costs on a disk, without any of ours: an append made durable, and a small file replaced for good (written,
 * synced, renamed, its folder synced) as a credential reset does it. Figures that wait for the disk are read beside it.
 *
 *   disk FOLDER [TRIES]     rows "disk WHAT VALUE us", medians
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRIES_MAX 1000
#define BYTES 900	/* of a small /etc/shadow */

static char fill[BYTES];
static int folder, appended;

static int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

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

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void measure(const char *what, int (*once)(void), int tries)
{
	static int64_t took[TRIES_MAX];

	for (int i = 0; i < tries; i++) {
		int64_t start = clock_us();

		if (once()) {
			perror(what);
			exit(1);
		}
		took[i] = clock_us() - start;
	}
	qsort(took, (size_t)tries, sizeof(*took), compare);
	printf("disk %s %" PRId64 " us\n", what, took[tries / 2]);
}

int main(int argc, char **argv)
{
	int tries = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100;

	folder = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	appended = openat(folder, "disk.append", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (folder < 0 || appended < 0 || tries < 1 || tries > TRIES_MAX) {
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
