/* SPDX-License-Identifier: Apache-2.0 */
/* Appends and replacements with their syncs. Its files have names of their own, and go when they are not needed. */
#include "tests/bench/load/load_disk.h"

#include "tests/bench/load/load_times.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BYTES 900 /* of a small /etc/shadow */

static int folder = -1, appended[2] = {-1, -1};

/* A file without a name on any way in: it goes with this process. */
static int open_nameless(const char *name)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	unlinkat(folder, name, 0);
	return fd;
}

void load_disk_open(const char *path)
{
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	appended[0] = open_nameless("floor.append0");
	appended[1] = open_nameless("floor.append1");
	if (folder >= 0 && appended[0] >= 0 && appended[1] >= 0)
		return;
	perror(path);
	exit(1);
}

static bool replace(void)
{
	static const char fill[BYTES];
	int fd = openat(folder, "floor.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool written = fd >= 0 && write(fd, fill, BYTES) == BYTES && fsync(fd) == 0;

	close(fd);
	return written && renameat(folder, "floor.new", folder, "floor.old") == 0 && fsync(folder) == 0;
}

int64_t load_disk_replace(void)
{
	int64_t start = load_times_clock_us();

	return replace() ? load_times_clock_us() - start : -1;
}

int64_t load_disk_append(int file, const void *data, uint32_t len)
{
	int64_t start = load_times_clock_us();
	bool durable = write(appended[file], data, len) == (ssize_t)len && fdatasync(appended[file]) == 0;

	return durable ? load_times_clock_us() - start : -1;
}
