/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the mappings of processes line by line. A file is known by device and inode, or by its path, because some
 * filesystems show another device here than stat(2) does.
 */
#include "agent/actor/sys/quarantine_users.h"

#include "agent/actor/sys/way_in.h"
#include "agent/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LINE_BYTES 8192 /* PATH_MAX and the numbers before it */

/* "7f0c8d200000-7f0c8d222000 r--p 00000000 08:01 1311 /usr/lib/libc.so.6" */
static bool is_of(char *line, const struct quarantine_job *job, const struct stat *st)
{
	unsigned major_number, minor_number;
	unsigned long long inode;
	int path_at = 0;

	if (sscanf(line, "%*s %*s %*s %x:%x %llu %n", &major_number, &minor_number, &inode, &path_at) < 3 || inode == 0)
		return false;
	if (inode == st->st_ino && makedev(major_number, minor_number) == st->st_dev)
		return true;
	return path_at > 0 && strcmp(line + path_at, job->path) == 0;
}

static bool has(int fd, const struct quarantine_job *job, const struct stat *st)
{
	static char bytes[LINE_BYTES];
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, bytes + len, sizeof(bytes) - len)) > 0) {
		char *at = bytes, *end;

		len += (size_t)got;
		while ((end = memchr(at, '\n', len - (size_t)(at - bytes))) != NULL) {
			*end = '\0';
			if (is_of(at, job, st))
				return true;
			at = end + 1;
		}
		len -= (size_t)(at - bytes);
		memmove(bytes, at, len);
		if (len == sizeof(bytes))
			return true; /* no such line is known: better spared than taken */
	}
	/* A process that has ended since runs from nothing. */
	return got < 0 && errno != ESRCH;
}

static bool maps(int32_t pid, const struct quarantine_job *job, const struct stat *st)
{
	char path[32];
	bool found;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	found = has(fd, job, st);
	close(fd);
	return found;
}

static bool ways_in_have(const struct quarantine_job *job, const struct stat *st)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned left = QUARANTINE_USERS_LOOKED;
	bool found = false;

	while (proc && !found && left > 0 && (entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		int32_t pid = (int32_t)strtol(entry->d_name, NULL, 10);

		left--;
		found = way_in_is(pid) && maps(pid, job, st);
	}
	if (proc)
		closedir(proc);
	return found;
}

bool quarantine_users_have(const struct quarantine_job *job, const struct stat *st)
{
	for (unsigned i = 0; i < QUARANTINE_USERS_MAX; i++)
		if (job->users[i] > 0 && maps(job->users[i], job, st))
			return true;
	return ways_in_have(job, st);
}
