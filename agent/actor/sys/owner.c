/* SPDX-License-Identifier: Apache-2.0 */
/* Walks /proc without memory of its own. Never guesses: a process that cannot be read has no sockets. */
#include "agent/actor/sys/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As getdents64(2) gives it. */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t len;
	uint8_t type;
	char name[];
};

static bool names_open(struct owner_names *n, int proc, const char *path)
{
	n->at = n->len = 0;
	n->fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return n->fd >= 0;
}

static void names_close(struct owner_names *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

/* The next name that is a number. False: there are no more. */
static bool names_next(struct owner_names *n, uint32_t *out)
{
	for (;;) {
		const struct entry *e = (const struct entry *)(n->bytes + n->at);
		long got;

		if (n->at < n->len) {
			n->at += e->len;
			*out = (uint32_t)strtoul(e->name, NULL, 10);
			if (e->name[0] >= '0' && e->name[0] <= '9')
				return true;
			continue;
		}
		got = syscall(SYS_getdents64, n->fd, n->bytes, sizeof(n->bytes));
		if (got <= 0)
			return false;
		n->at = 0;
		n->len = (size_t)got;
	}
}

static bool socket_at(int proc, struct owner_found *f)
{
	char path[48], link[48];
	ssize_t len;

	snprintf(path, sizeof(path), "%u/fd/%u", f->pid, f->descriptor);
	len = readlinkat(proc, path, link, sizeof(link) - 1);
	if (len <= 0)
		return false;
	link[len] = '\0';
	return sscanf(link, "socket:[%u]", &f->inode) == 1;
}

static void enter(struct owner_walk *w)
{
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "%u", w->pid);
	if (w->wants && (fstatat(w->proc, path, &st, 0) != 0 || !w->wants(w->context, st.st_uid)))
		return;
	snprintf(path, sizeof(path), "%u/fd", w->pid);
	w->looked_at = 0;
	(void)names_open(&w->descriptors, w->proc, path);
}

bool owner_begin(struct owner_walk *w, int proc, bool (*wants)(const void *context, uint32_t uid), const void *context)
{
	w->proc = proc;
	w->wants = wants;
	w->context = context;
	w->descriptors.fd = -1;
	return names_open(&w->pids, proc, ".");
}

bool owner_begin_one(struct owner_walk *w, int proc, uint32_t pid)
{
	w->proc = proc;
	w->wants = NULL;
	w->pids.fd = w->descriptors.fd = -1;
	w->pids.at = w->pids.len = 0;
	w->pid = pid;
	enter(w);
	return w->descriptors.fd >= 0;
}

enum owner_step owner_next(struct owner_walk *w, struct owner_found *out)
{
	if (w->descriptors.fd < 0) {
		if (names_next(&w->pids, &w->pid)) {
			enter(w);
			return OWNER_NOTHING;
		}
		owner_end(w);
		return OWNER_END;
	}
	out->pid = w->pid;
	if (w->looked_at++ < OWNER_DESCRIPTORS_MAX && names_next(&w->descriptors, &out->descriptor))
		return socket_at(w->proc, out) ? OWNER_SOCKET : OWNER_NOTHING;
	names_close(&w->descriptors);
	return OWNER_NOTHING;
}

void owner_end(struct owner_walk *w)
{
	names_close(&w->descriptors);
	names_close(&w->pids);
}

/* The descriptor is looked at again between two looks at when the process was made: all three are of one process. */
size_t owner_read(int proc, const struct owner_found *found, union proc_sample *out)
{
	struct owner_found again = *found;
	size_t len = proc_read(proc, found->pid, PROCESS_SAMPLE_RUNS, out);
	uint64_t start;
	uint32_t parent;

	if (len == 0 || !socket_at(proc, &again) || again.inode != found->inode ||
	    !proc_read_start(proc, found->pid, &start, &parent) || start != out->head.start)
		return 0;
	return len;
}
