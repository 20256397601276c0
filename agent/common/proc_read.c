/* SPDX-License-Identifier: Apache-2.0 */
/* Reads proc(5) for one process. A process may end while it is read: what is missing then stays empty. */
#include "agent/common/proc_read.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES 2048

/* Where to read. */
struct place {
	int proc;
	char path[48]; /* in it */
};

static struct place place_in(int proc, const char *dir, const char *name)
{
	struct place p = {.proc = proc};

	snprintf(p.path, sizeof(p.path), "%.31s/%s", dir, name);
	return p;
}

static struct place place_of(int proc, uint32_t pid, const char *name)
{
	char dir[PROC_READ_DIR_MAX];

	snprintf(dir, sizeof(dir), "%u", pid);
	return place_in(proc, dir, name);
}

/* Read a file into text[size], ended by NUL. The number of bytes, or -1. */
static ssize_t read_file(struct place p, char *text, size_t size)
{
	ssize_t got;
	int fd;

	fd = openat(p.proc, p.path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	got = read(fd, text, size - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got;
}

bool proc_read_stat(int proc, uint32_t pid, struct proc_stat *out)
{
	char text[FILE_BYTES];
	ssize_t got = read_file(place_of(proc, pid, "stat"), text, sizeof(text));

	return got > 0 && proc_stat_parse(text, (size_t)got, out) == ERR_OK;
}

bool proc_read_start(int proc, uint32_t pid, uint64_t *start, uint32_t *ppid)
{
	struct proc_stat stat;

	if (!proc_read_stat(proc, pid, &stat))
		return false;
	*start = stat.start_ticks;
	*ppid = (uint32_t)stat.parent;
	return true;
}

static bool shows(int proc, const char *dir)
{
	struct place exe = place_in(proc, dir, "exe");
	char any;

	return readlinkat(proc, exe.path, &any, 1) > 0;
}

void proc_read_dir(int proc, const struct proc_stat *process, char dir[PROC_READ_DIR_MAX])
{
	struct place task = place_of(proc, (uint32_t)process->pid, "task");
	const struct dirent *thread;
	DIR *threads = NULL;
	bool found = false;
	int fd = -1;

	snprintf(dir, PROC_READ_DIR_MAX, "%d", (int)process->pid);
	if (process->state == 'Z' && !process->dead)
		fd = openat(proc, task.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !(threads = fdopendir(fd)))
		close(fd);
	while (threads && !found && (thread = readdir(threads)) != NULL) {
		char of_thread[PROC_READ_DIR_MAX];

		snprintf(of_thread, sizeof(of_thread), "%.16s/%.12s", task.path, thread->d_name);
		found = thread->d_name[0] != '.' && shows(proc, of_thread);
		if (found)
			memcpy(dir, of_thread, sizeof(of_thread));
	}
	if (threads)
		closedir(threads);
}

static void read_name(int proc, uint32_t pid, struct process_sample *h)
{
	char text[64];
	ssize_t got = read_file(place_of(proc, pid, "comm"), text, sizeof(text));

	if (got > 0 && text[got - 1] == '\n')
		got--;
	if (got > 0)
		memcpy(h->name, text, (size_t)got < sizeof(h->name) ? (size_t)got : sizeof(h->name));
}

static void read_ids(int proc, uint32_t pid, struct process_sample *h)
{
	char text[FILE_BYTES];
	unsigned uid, euid;
	const char *line;

	h->loginuid = PROCESS_SAMPLE_NOBODY;
	if (read_file(place_of(proc, pid, "status"), text, sizeof(text)) <= 0)
		return;
	line = strstr(text, "\nUid:\t");
	if (!line || sscanf(line + 6, "%u %u", &uid, &euid) != 2)
		return;
	h->uid = uid;
	h->euid = euid;
	h->flags |= PROCESS_SAMPLE_IDS;
	if (read_file(place_of(proc, pid, "loginuid"), text, sizeof(text)) > 0)
		h->loginuid = (uint32_t)strtoul(text, NULL, 10);
}

/* The target of a link of /proc, at most `max` bytes of it. */
static uint16_t read_link(struct place p, char *target, size_t max)
{
	static const char deleted[] = " (deleted)";
	ssize_t got = readlinkat(p.proc, p.path, target, max);

	if (got > (ssize_t)sizeof(deleted) &&
	    memcmp(target + got - (sizeof(deleted) - 1), deleted, sizeof(deleted) - 1) == 0)
		got -= (ssize_t)sizeof(deleted) - 1;
	return (uint16_t)(got > 0 ? got : 0);
}

size_t proc_read(int proc, uint32_t pid, uint8_t kind, union proc_sample *out)
{
	struct process_sample *h = &out->head;
	char *text = out->bytes + sizeof(*h);
	char args[PROCESS_SAMPLE_ARGS_MAX + 2];
	uint64_t parent_start = 0;
	struct proc_stat stat;
	char dir[PROC_READ_DIR_MAX];
	uint32_t unused;
	ssize_t got;

	memset(h, 0, sizeof(*h));
	h->version = PROCESS_SAMPLE_VERSION;
	h->kind = kind;
	h->pid = pid;
	if (!proc_read_stat(proc, pid, &stat))
		return 0;
	h->start = stat.start_ticks;
	h->ppid = (uint32_t)stat.parent;
	if (h->ppid && proc_read_start(proc, h->ppid, &parent_start, &unused))
		h->parent_start = parent_start;
	read_name(proc, pid, h);
	read_ids(proc, pid, h);
	proc_read_dir(proc, &stat, dir);
	h->exe_len = read_link(place_in(proc, dir, "exe"), text, PROCESS_SAMPLE_PATH_MAX / 2);
	h->cwd_len = read_link(place_in(proc, dir, "cwd"), text + h->exe_len, PROCESS_SAMPLE_PATH_MAX / 2);
	text += h->exe_len + h->cwd_len;
	got = read_file(place_in(proc, dir, "cmdline"), args, sizeof(args));
	if (got > (ssize_t)PROCESS_SAMPLE_ARGS_MAX) {
		got = PROCESS_SAMPLE_ARGS_MAX;
		h->flags |= PROCESS_SAMPLE_ARGS_CUT;
	}
	if (got > 0) {
		memcpy(text, args, (size_t)got);
		h->args_len = (uint16_t)got;
	}
	return sizeof(*h) + h->exe_len + h->cwd_len + h->args_len;
}
