/* SPDX-License-Identifier: Apache-2.0 */
/* See files.h. */
#include "tests/unit/files.h"

#include "agent/base/require.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES_MAX (1 << 16)
#define FILES_OPEN_MAX 8

static char bytes[BYTES_MAX];

static int open_in(const char *dir, const char *name, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return open(path, flags | O_CLOEXEC, 0644);
}

void files_put(const char *dir, const char *name, const char *text)
{
	int fd = open_in(dir, name, O_WRONLY | O_CREAT | O_TRUNC);

	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static ssize_t read_bytes(const char *dir, const char *name)
{
	int fd = open_in(dir, name, O_RDONLY);
	ssize_t got = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;

	if (fd >= 0)
		close(fd);
	return got;
}

bool files_is(const char *dir, const char *name, const char *text)
{
	ssize_t got = read_bytes(dir, name);

	return got == (ssize_t)strlen(text) && memcmp(bytes, text, (size_t)got) == 0;
}

bool files_has(const char *dir, const char *name, const char *text)
{
	ssize_t got = read_bytes(dir, name);

	return got > 0 && memmem(bytes, (size_t)got, text, strlen(text)) != NULL;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

int files_remove(const char *dir)
{
	return nftw(dir, remove_one, FILES_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
}
