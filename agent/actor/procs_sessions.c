/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are an account's sessions. One pass over /proc: the owner of a process's directory tells its user at
 * the cost of a stat, except for those that are not dumpable (sshd's), whose title tells. Then everything below.
 */
#include "agent/actor/procs.h"

#include "agent/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct procs_row rows[PROCS_MAX];

struct scan {
	DIR *dir;
	const char *account;
	uid_t uid;
	int32_t self, spared;
	unsigned count;
};

static ssize_t read_at(int dir, const char *path, char *out, size_t size)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	out[got > 0 ? got : 0] = '\0';
	return got;
}

/* The real user of a process, from the second number of the Uid line of its status file. */
static bool has_real_user(const struct scan *s, const char *pid)
{
	char path[32], text[2048], *line;
	unsigned real = 0, effective = 0;

	snprintf(path, sizeof(path), "%.16s/status", pid);
	if (read_at(dirfd(s->dir), path, text, sizeof(text)) <= 0)
		return false;
	line = strstr(text, "\nUid:");
	return line && sscanf(line, "\nUid: %u %u", &real, &effective) == 2 && (real == s->uid || effective == s->uid);
}

static bool is_session(const struct scan *s, const char *pid, const struct procs_stat *stat)
{
	char path[32], title[PROCS_TITLE_MAX];

	if (strncmp(stat->name, "sshd", 4) != 0)
		return false;
	snprintf(path, sizeof(path), "%.16s/cmdline", pid);
	return read_at(dirfd(s->dir), path, title, sizeof(title)) > 0 && procs_title_is_session(title, s->account);
}

static void look_at(struct scan *s, const char *pid)
{
	struct procs_row *row = &rows[s->count];
	struct procs_stat stat;
	struct stat st;
	bool theirs;

	if (fstatat(dirfd(s->dir), pid, &st, 0) != 0 || procs_stat((int32_t)atol(pid), &stat) != ERR_OK ||
	    stat.kernel_thread)
		return;
	theirs = s->uid != 0 && st.st_uid == s->uid;
	/* What root owns may be root's or not dumpable; among what matters here only sshd and setuid programs are. */
	if (!theirs && st.st_uid == 0)
		theirs = is_session(s, pid, &stat) || (s->uid != 0 && has_real_user(s, pid));
	*row = (struct procs_row){stat.pid, stat.parent, stat.start_ticks, theirs};
	s->count++;
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

/* Children mostly have higher numbers than their parents, so one or two passes find all. */
static void want_descendants(const struct scan *s)
{
	bool more = true;

	for (unsigned pass = 0; more && pass < 8; pass++) {
		more = false;
		for (unsigned i = 0; i < s->count; i++) {
			struct procs_row key = {.pid = rows[i].parent};
			const struct procs_row *parent;

			if (rows[i].wanted)
				continue;
			parent = bsearch(&key, rows, s->count, sizeof(rows[0]), by_pid);
			if (parent && parent->wanted && !out_of_bounds(s, parent->pid))
				rows[i].wanted = more = true;
		}
	}
}

enum err procs_sessions(const char *account, uid_t uid, int32_t spared, const struct procs_row **found, unsigned *count)
{
	struct scan s = {opendir("/proc"), account, uid, getpid(), spared, 0};
	const struct dirent *entry;
	unsigned kept = 0;

	*found = rows;
	*count = 0;
	if (!s.dir)
		return err_from_errno(errno);
	while (s.count < PROCS_MAX && (entry = readdir(s.dir)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			look_at(&s, entry->d_name);
	closedir(s.dir);
	qsort(rows, s.count, sizeof(rows[0]), by_pid);
	want_descendants(&s);
	for (unsigned i = 0; i < s.count; i++)
		if (rows[i].wanted && !out_of_bounds(&s, rows[i].pid))
			rows[kept++] = rows[i];
	*count = kept;
	return ERR_OK;
}
