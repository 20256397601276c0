/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the files of control groups. It moves nothing but what it is told to, and kills nothing but what is in a pen.
 * A process is named there by its number only, so it is looked at before and after.
 */
#include "agent/actor/sys/pen.h"

#include "agent/actor/sys/procs.h"
#include "agent/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_BYTES 4096
#define PATH_MAX_HERE (PEN_PATH_MAX + 32)
#define TURNS_MAX 64 /* of reading who is left in a pen */

/* Where the second version is mounted, beside the first or alone. */
static const char *const mounts[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};

static struct str read_text(const char *path, char text[TEXT_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, text, TEXT_BYTES - 1) : -1;

	if (fd >= 0)
		close(fd);
	return (struct str){text, got > 0 ? (size_t)got : 0};
}

static enum err write_text(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX_HERE];
	ssize_t len = (ssize_t)strlen(text);
	enum err err = ERR_OK;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		err = err_from_errno(errno);
	if (fd >= 0)
		close(fd);
	return err;
}

/* The group of a process, "/" for the first one of all. Empty: it has ended, or there is no second version. */
static bool group_of(int32_t pid, char out[PEN_PATH_MAX])
{
	char path[64], text[TEXT_BYTES];
	struct str rest;

	snprintf(path, sizeof(path), pid ? "/proc/%d/cgroup" : "/proc/self/cgroup", (int)pid);
	rest = read_text(path, text);
	while (!str_empty(rest)) {
		struct str line = str_cut(&rest, '\n');

		if (str_take(&line, STR("0::")))
			return str_copy(line, out, PEN_PATH_MAX) == ERR_OK;
	}
	out[0] = '\0';
	return false;
}

static bool is_second_version(const char *mount)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", mount);
	return stat(path, &st) == 0;
}

/* The directory of a group. */
static bool dir_of(const char *group, char out[PEN_PATH_MAX])
{
	for (unsigned i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		if (is_second_version(mounts[i]))
			return snprintf(out, PEN_PATH_MAX, "%s%s", mounts[i], group[1] ? group : "") < PEN_PATH_MAX;
	return false;
}

static bool find(struct pen *p, unsigned number)
{
	char own[PEN_PATH_MAX], dir[PEN_PATH_MAX];

	*p = (struct pen){.number = number};
	return group_of(0, own) && dir_of(own, dir) &&
	       snprintf(p->group, sizeof(p->group), "%s/caltrop-kill-%u", own[1] ? own : "", number) <
		       (int)sizeof(p->group) &&
	       snprintf(p->dir, sizeof(p->dir), "%s/caltrop-kill-%u", dir, number) < (int)sizeof(p->dir);
}

static bool make(struct pen *p)
{
	if (rmdir(p->dir) != 0 && errno != ENOENT)
		return false;
	if (mkdir(p->dir, 0755) != 0)
		return false;
	if (write_text(p->dir, "cgroup.freeze", "1") == ERR_OK)
		return true;
	(void)rmdir(p->dir);
	errno = ENOSYS;
	return false;
}

enum err pen_open(struct pen *p)
{
	for (unsigned number = 1; number <= PENS_MAX; number++) {
		if (!find(p, number))
			return ERR_UNSUPPORTED;
		if (make(p))
			return ERR_OK;
		if (errno != EBUSY)
			return ERR_UNSUPPORTED;
	}
	return ERR_FULL;
}

bool pen_is_there(void)
{
	struct pen p;
	bool is = pen_open(&p) == ERR_OK;

	if (is)
		(void)rmdir(p.dir);
	return is;
}

bool pen_has(const struct pen *p, int32_t pid)
{
	char group[PEN_PATH_MAX];

	return group_of(pid, group) && strcmp(group, p->group) == 0;
}

static bool is_still(int32_t pid, uint64_t start_ticks)
{
	struct proc_stat stat;

	return procs_stat(pid, &stat) == ERR_OK && !stat.dead && stat.start_ticks == start_ticks;
}

enum err pen_put(struct pen *p, int32_t pid, uint64_t start_ticks)
{
	char group[PEN_PATH_MAX], origin[PEN_PATH_MAX], text[16];
	enum err err;

	if (!group_of(pid, group) || !dir_of(group, origin) || !is_still(pid, start_ticks))
		return ERR_NOT_FOUND;
	snprintf(text, sizeof(text), "%d", (int)pid);
	err = write_text(p->dir, "cgroup.procs", text);
	if (err != ERR_OK)
		return is_still(pid, start_ticks) ? ERR_UNSUPPORTED : ERR_NOT_FOUND;
	/* It ended in between, and its number is another one's. */
	if (!is_still(pid, start_ticks)) {
		(void)!write_text(origin, "cgroup.procs", text);
		return ERR_NOT_FOUND;
	}
	if (!p->origin[0])
		memcpy(p->origin, origin, sizeof(origin));
	return ERR_OK;
}

/* Have `call` look at each that is in a pen now, or at many of them. False: nobody is. */
static bool each(const struct pen *p, void (*call)(const struct pen *p, int32_t pid))
{
	char path[PATH_MAX_HERE], text[TEXT_BYTES];
	struct str rest;
	bool any = false;

	snprintf(path, sizeof(path), "%s/cgroup.procs", p->dir);
	rest = read_text(path, text);
	/* The last line may be a part of one. */
	while (str_find_byte(rest, '\n') != SIZE_MAX) {
		struct str line = str_cut(&rest, '\n');
		uint64_t pid;

		any = true;
		if (str_number(line, INT32_MAX, &pid) == ERR_OK && pid > 1 && pen_has(p, (int32_t)pid))
			call(p, (int32_t)pid);
	}
	return any;
}

static void give_back(const struct pen *p, int32_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	(void)!write_text(p->origin, "cgroup.procs", text);
}

void pen_release(struct pen *p)
{
	for (unsigned turn = 0; turn < TURNS_MAX && p->origin[0] && each(p, give_back); turn++)
		;
	(void)!write_text(p->dir, "cgroup.freeze", "0");
	(void)rmdir(p->dir);
}

static void kill_one(const struct pen *p, int32_t pid)
{
	(void)p;
	(void)kill(pid, SIGKILL);
}

/* cgroup.kill is of Linux 5.14. Before that, nobody in a pen can start another one, so each in turn is all of them. */
enum err pen_kill(const struct pen *p)
{
	enum err err = write_text(p->dir, "cgroup.kill", "1");

	if (err != ERR_NOT_FOUND)
		return err;
	for (unsigned turn = 0; turn < TURNS_MAX && each(p, kill_one); turn++)
		;
	return ERR_OK;
}

bool pen_close(unsigned number)
{
	struct pen p;

	return !find(&p, number) || rmdir(p.dir) == 0 || errno == ENOENT;
}

void pen_clear(void)
{
	struct pen p;

	for (unsigned number = 1; number <= PENS_MAX && find(&p, number); number++)
		if (!pen_close(number)) {
			(void)!pen_kill(&p);
			(void)pen_close(number);
		}
}
