/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over /proc: a link and a file's status of each process, and its mounts where these say nothing. */
#include "agent/actor/sys/runner.h"

#include "agent/actor/sys/procs.h"
#include "agent/common/proc_read.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED " (deleted)"

struct program {
	const char *path;
	bool is_there; /* and is this file: */
	struct stat file;
};

/* What process 1 finds at a path, as the guard's unit may show caltropd another /tmp; its own view where it may not. */
static bool look_up(const char *path, struct stat *out)
{
	char real[PATH_MAX + 16];
	bool found;

	snprintf(real, sizeof(real), "/proc/1/root%s", path);
	found = stat(real, out) == 0 || (errno == EACCES && stat(path, out) == 0);
	return found && S_ISREG(out->st_mode);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether the link says so. " (deleted)" is the kernel's, behind a name that is gone, unless a file is called so. */
static bool is_named(const char *exe, const struct stat *file, const char *path)
{
	char link[PATH_MAX];
	ssize_t got = readlink(exe, link, sizeof(link) - 1);
	size_t len = got > 0 ? (size_t)got : 0, tail = strlen(DELETED);
	struct stat there;

	link[len] = '\0';
	if (strcmp(link, path) == 0)
		return true;
	if (len <= tail || strcmp(link + len - tail, DELETED) != 0 || (look_up(link, &there) && is_same(&there, file)))
		return false;
	link[len - tail] = '\0';
	return strcmp(link, path) == 0;
}

static bool has_mounts_of_init(const char *dir)
{
	char path[PROC_READ_DIR_MAX + 16];
	struct stat own, init;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", dir);
	return stat(path, &own) == 0 && stat("/proc/1/ns/mnt", &init) == 0 && is_same(&own, &init);
}

static bool runs(int proc, const struct proc_stat *process, const struct program *p)
{
	char dir[PROC_READ_DIR_MAX], exe[PROC_READ_DIR_MAX + 16];
	struct stat file;

	proc_read_dir(proc, process, dir);
	snprintf(exe, sizeof(exe), "/proc/%s/exe", dir);
	if (stat(exe, &file) != 0)
		return false;
	if (p->is_there && is_same(&file, &p->file))
		return true;
	return is_named(exe, &file, p->path) && has_mounts_of_init(dir);
}

/* Looked at twice: in between the number may have become another's. */
static bool is_one(int proc, const char *pid, const struct program *p, struct runner *out)
{
	struct proc_stat before, behind;
	int32_t number = (int32_t)strtol(pid, NULL, 10);

	if (pid[0] < '1' || pid[0] > '9' || procs_stat(number, &before) != ERR_OK || before.dead ||
	    !runs(proc, &before, p) || procs_stat(number, &behind) != ERR_OK || behind.dead ||
	    behind.start_ticks != before.start_ticks)
		return false;
	*out = (struct runner){number, behind.start_ticks};
	return true;
}

enum err runner_each(const char *path, enum err (*call)(void *owner, const struct runner *one), void *owner)
{
	struct program program = {.path = path};
	const struct dirent *entry;
	struct runner one;
	enum err err = ERR_OK;
	DIR *proc = opendir("/proc");

	if (!proc)
		return err_from_errno(errno);
	program.is_there = look_up(path, &program.file);
	while (err == ERR_OK && (entry = readdir(proc)) != NULL)
		if (is_one(dirfd(proc), entry->d_name, &program, &one))
			err = call(owner, &one);
	closedir(proc);
	return err;
}

static enum err keep(void *owner, const struct runner *one)
{
	struct runners *out = owner;

	if (out->count == RUNNERS_MAX)
		return ERR_FULL;
	out->list[out->count++] = *one;
	return ERR_OK;
}

enum err runner_find(const char *path, struct runners *out)
{
	enum err err;

	out->count = 0;
	err = runner_each(path, keep, out);
	return err == ERR_OK && out->count == 0 ? ERR_NOT_FOUND : err;
}
