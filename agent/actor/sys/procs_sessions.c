/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are an account's sessions: those whose directory in /proc belongs to the user (it has the effective
 * user's id whatever the process hides), sshd's root-owned monitor by its title, and everything below these, which
 * finds what became root by su or sudo. One pass over /proc and a few reads: half a millisecond with 100 processes.
 */
#include "agent/actor/sys/procs.h"

#include "agent/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHILDREN_BYTES 4096
#define KERNEL_BYTES 16384	     /* numbers of kernel threads; what is beyond is looked at like any process */
#define KTHREADD "2/task/2/children" /* the parent of all kernel threads; another process where it isn't pid 2 */
#define PASSES_MAX 16		     /* generations below a session's first process */

static struct procs_row rows[PROCS_MAX];

struct scan {
	DIR *dir;
	const char *account;
	uid_t uid;
	int32_t self, spared;
	unsigned count;
	bool added;	    /* by the current pass */
	bool unseen;	    /* something that may be there could not be looked at */
	const char *kernel; /* numbers of kernel threads, ascending, from the next one on */
};

static bool is_number(const char *name)
{
	return name[0] >= '1' && name[0] <= '9';
}

/* After a call that failed. What has ended meanwhile is not there; whose look misses it, is told by runs(). */
static void note_failure(struct scan *s)
{
	s->unseen = s->unseen || (errno != ENOENT && errno != ESRCH);
}

static ssize_t read_at(int dir, const char *path, char *out, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	out[got > 0 ? got : 0] = '\0';
	return got;
}

/* Only if pid 2 is kthreadd: in a process namespace it is anybody. A number cut off at the end is not used. */
static void read_kernel_threads(const struct scan *s, char kernel[KERNEL_BYTES])
{
	struct proc_stat stat;
	char *last;

	kernel[0] = '\0';
	if (procs_stat(2, &stat) != ERR_OK || !stat.kernel_thread)
		return;
	(void)read_at(dirfd(s->dir), KTHREADD, kernel, KERNEL_BYTES);
	last = strrchr(kernel, ' ');
	if (last)
		last[1] = '\0';
}

/* Half of what runs on a small machine are kernel threads; one read tells them, and /proc lists numbers in order. */
static bool is_kernel_thread(struct scan *s, long pid)
{
	char *end;

	while (is_number(s->kernel)) {
		long next = strtol(s->kernel, &end, 10);

		if (next > pid)
			return false;
		s->kernel = end + (*end == ' ');
		if (next == pid)
			return true;
	}
	return false;
}

static void look_at(struct scan *s, const char *pid)
{
	char path[32], title[PROCS_TITLE_MAX];
	struct stat st;
	bool theirs;

	if (is_kernel_thread(s, atol(pid)))
		return;
	if (fstatat(dirfd(s->dir), pid, &st, 0) != 0) {
		note_failure(s);
		return;
	}
	theirs = s->uid != 0 && st.st_uid == s->uid;
	if (!theirs && st.st_uid == 0) {
		snprintf(path, sizeof(path), "%.16s/cmdline", pid);
		if (read_at(dirfd(s->dir), path, title, sizeof(title)) < 0)
			note_failure(s);
		theirs = procs_title_is_session(title, s->account);
	}
	rows[s->count++] = (struct procs_row){.pid = (int32_t)atol(pid), .wanted = theirs};
}

static bool out_of_bounds(const struct scan *s, int32_t pid)
{
	return pid <= 1 || pid == s->self || pid == s->spared;
}

static int by_pid(const void *a, const void *b)
{
	const struct procs_row *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static struct procs_row *row_of(const struct scan *s, int32_t pid)
{
	struct procs_row key = {.pid = pid};

	return bsearch(&key, rows, s->count, sizeof(rows[0]), by_pid);
}

static void want(struct scan *s, struct procs_row *row)
{
	if (row && !row->wanted) {
		row->wanted = true;
		s->added = true;
	}
}

/*
 * Those of one file, each with a space behind it. What is cut off at the end of a read is read on with the next one;
 * what has no space for as long as there is room is no list of the kernel's.
 */
static void want_listed(struct scan *s, int fd)
{
	char text[CHILDREN_BYTES], *at, *end;
	size_t kept = 0;
	ssize_t got = 0;

	while (kept < sizeof(text) - 1 && (got = read(fd, text + kept, sizeof(text) - kept - 1)) > 0) {
		text[kept + (size_t)got] = '\0';
		for (at = text; is_number(at); at = end + 1) {
			long pid = strtol(at, &end, 10);

			if (*end != ' ')
				break;
			want(s, row_of(s, (int32_t)pid));
		}
		kept = strlen(at);
		memmove(text, at, kept);
	}
	if (got != 0)
		note_failure(s);
}

/* The numbers in task/TID/children of every thread; a process that appears meanwhile is found by the next look. */
static void want_children(struct scan *s, int32_t pid)
{
	const struct dirent *entry;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	errno = 0;
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)) != NULL) {
		int fd;

		if (!is_number(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%.16s/children", entry->d_name);
		fd = openat(dirfd(tasks), path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			want_listed(s, fd);
			close(fd);
		} else {
			note_failure(s);
		}
		errno = 0;
	}
	if (errno != 0)
		note_failure(s);
	if (tasks)
		closedir(tasks);
}

/* A kernel that has no such file (its PROC_CHILDREN is off): everybody's parent. */
static void want_by_parents(struct scan *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct procs_row *parent;
		struct proc_stat stat;

		if (rows[i].wanted)
			continue;
		if (rows[i].parent == 0) {
			enum err err = procs_stat(rows[i].pid, &stat);

			s->unseen = s->unseen || (err != ERR_OK && err != ERR_NOT_FOUND);
			rows[i].parent = err == ERR_OK ? stat.parent : 0;
		}
		parent = row_of(s, rows[i].parent);
		if (parent && parent->wanted && !out_of_bounds(s, parent->pid))
			want(s, &rows[i]);
	}
}

static void want_descendants(struct scan *s)
{
	bool has_children = access("/proc/thread-self/children", R_OK) == 0;

	s->added = true;
	for (unsigned pass = 0; s->added && pass < PASSES_MAX; pass++) {
		s->added = false;
		if (!has_children)
			want_by_parents(s);
		for (unsigned i = 0; has_children && i < s->count; i++)
			if (rows[i].wanted && !rows[i].looked && !out_of_bounds(s, rows[i].pid)) {
				rows[i].looked = true;
				want_children(s, rows[i].pid);
			}
	}
}

/* Only what still runs, with its start time, so that the number is not taken for another process's later. */
static bool runs(struct procs_row *row, bool *moving)
{
	struct proc_stat stat;

	/* It was there in this very look: whatever it started before it ended may have been missed. */
	if (procs_stat(row->pid, &stat) != ERR_OK) {
		*moving = true;
		return false;
	}
	row->parent = stat.parent;
	row->start_ticks = stat.start_ticks;
	return !stat.kernel_thread && !stat.dead;
}

enum err procs_sessions(const struct procs_query *query, struct procs_look *look)
{
	struct scan s = {.dir = opendir("/proc"),
			 .account = query->account,
			 .uid = query->uid,
			 .self = getpid(),
			 .spared = query->spared};
	static char kernel[KERNEL_BYTES];
	const struct dirent *entry;

	*look = (struct procs_look){.rows = rows};
	if (!s.dir)
		return err_from_errno(errno);
	s.kernel = kernel;
	read_kernel_threads(&s, kernel);
	while (errno = 0, s.count < PROCS_MAX && (entry = readdir(s.dir)) != NULL)
		if (is_number(entry->d_name))
			look_at(&s, entry->d_name);
	if (errno != 0)
		note_failure(&s);
	closedir(s.dir);
	qsort(rows, s.count, sizeof(rows[0]), by_pid);
	want_descendants(&s);
	look->moving = s.unseen || s.count == PROCS_MAX;
	for (unsigned i = 0; i < s.count; i++)
		if (rows[i].wanted && !out_of_bounds(&s, rows[i].pid) && runs(&rows[i], &look->moving))
			rows[look->count++] = rows[i];
	return ERR_OK;
}
