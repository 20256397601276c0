/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are a service's: those that have its name, or the name of the program that its start script names, by
 * the file that they run or, as applets of one file do, by what they were called with; and the one of its pid file.
 * Somebody may give a process of his such a name. Then the service is said to run still, and nothing else follows.
 */
#include "agent/actor/sys/service_procs.h"

#include "agent/base/str.h"
#include "agent/common/proc_read.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCESSES_MAX 16384
#define FDS_MAX 4096 /* of one process */
#define LISTENERS_MAX 128
#define SCRIPT_MAX 8192 /* bytes of a start script that are looked at */
#define TITLE_MAX 256

/* Sockets that listen, by the number of their inode. */
struct listeners {
	unsigned count;
	struct {
		unsigned long inode;
		uint16_t port;
	} rows[LISTENERS_MAX];
};

/* What a process of the service is known by. */
struct marks {
	const char *name;
	char program[VERB_NAME_MAX]; /* that its script names; empty: none */
	long pid;		     /* of its pid file; 0: none */
};

/* A small file of /proc or /run; the number of its bytes, 0: there is none. */
static size_t read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;

	if (fd >= 0)
		close(fd);
	out[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* -- listeners -- */

/* Rows of proc_net(5): "sl local:port remote:port state ... inode"; state 0A is LISTEN. */
static void read_listeners(const char *path, struct listeners *l)
{
	char line[256];
	unsigned port, state;
	unsigned long inode;
	FILE *file = fopen(path, "re");

	while (file && l->count < LISTENERS_MAX && fgets(line, sizeof(line), file))
		if (sscanf(line, " %*u: %*32[0-9A-F]:%X %*32[0-9A-F]:%*X %X %*s %*s %*s %*u %*u %lu", &port, &state,
			   &inode) == 3 &&
		    state == 0x0a) {
			l->rows[l->count].inode = inode;
			l->rows[l->count++].port = (uint16_t)port;
		}
	if (file)
		fclose(file);
}

static void find_listeners(struct listeners *l)
{
	l->count = 0;
	read_listeners("/proc/net/tcp", l);
	read_listeners("/proc/net/tcp6", l);
}

bool service_procs_listen(uint16_t port)
{
	struct listeners l;

	find_listeners(&l);
	for (unsigned i = 0; i < l.count; i++)
		if (l.rows[i].port == port)
			return true;
	return false;
}

static void add_port(struct service_state *s, uint16_t port)
{
	for (unsigned i = 0; i < s->port_count; i++)
		if (s->ports[i] == port)
			return;
	if (s->port_count < SERVICE_PORTS_MAX)
		s->ports[s->port_count++] = port;
}

static void add_ports(const char *dir, const struct listeners *l, struct service_state *s)
{
	char path[64], link[64];
	const struct dirent *entry;
	unsigned long inode;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%.31s/fd", dir);
	fds = opendir(path);
	for (unsigned i = 0; fds && i < FDS_MAX && (entry = readdir(fds)) != NULL; i++) {
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1);

		link[len > 0 ? len : 0] = '\0';
		if (sscanf(link, "socket:[%lu]", &inode) != 1)
			continue;
		for (unsigned row = 0; row < l->count; row++)
			if (l->rows[row].inode == inode)
				add_port(s, l->rows[row].port);
	}
	if (fds)
		closedir(fds);
}

/* -- marks -- */

/* The path behind one of these words of a start script; nothing of a variable. Its base is a name, or it is none. */
static bool take_path(const char *text, const char *word, char *out, size_t size)
{
	const char *at = strstr(text, word);
	size_t len;

	if (!at)
		return false;
	at += strlen(word);
	at += strspn(at, " \"'=");
	len = strcspn(at, " \"'\n\t;\\");
	if (at[0] != '/' || len >= size || memchr(at, '$', len))
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

/* What runs many programs marks none. */
static bool is_common(const char *base)
{
	static const char *const common[] = {"sh",   "bash", "dash",	"ash", "busybox", "env",
					     "perl", "lua",  "python3", "su",  "nice",	  "start-stop-daemon"};

	for (unsigned i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strcmp(base, common[i]) == 0)
			return true;
	return base[0] == '\0';
}

static long read_pid(const char *path)
{
	char text[24];

	return read_file(path, text, sizeof(text)) ? strtol(text, NULL, 10) : 0;
}

static void find_marks(const struct service_state *s, struct marks *m)
{
	static const char *const programs[] = {"DAEMON=", "--exec ", " -x "}, *const files[] = {"PIDFILE=",
												"--pidfile "};
	static char text[SCRIPT_MAX];
	char path[128];

	(void)read_file(s->boot.script, text, sizeof(text));
	for (unsigned i = 0; i < 3 && !m->program[0]; i++)
		if (take_path(text, programs[i], path, sizeof(path)) && !is_common(base_of(path)))
			str_show(str_from(base_of(path)), m->program, sizeof(m->program) - 1);
	for (unsigned i = 0; i < 2 && m->pid <= 0; i++)
		if (take_path(text, files[i], path, sizeof(path)))
			m->pid = read_pid(path);
	snprintf(path, sizeof(path), "/run/%s.pid", m->name);
	if (m->pid <= 0)
		m->pid = read_pid(path);
}

static bool has_name(const struct marks *m, const char *path)
{
	const char *base = base_of(path);

	return base[0] != '\0' && (strcmp(base, m->name) == 0 || strcmp(base, m->program) == 0);
}

/* What it was called with: "name", or "busybox name". */
static bool is_marked(const struct marks *m, const char *exe, const char *title, size_t len)
{
	size_t first = strnlen(title, len) + 1;

	if (has_name(m, exe) || has_name(m, title))
		return true;
	return strcmp(base_of(title), "busybox") == 0 && first < len && has_name(m, title + first);
}

/* -- processes -- */

/* What is looked for, and where. */
struct search {
	int proc;
	struct marks marks;
	struct listeners listeners;
};

static void look_at(const struct search *search, uint32_t pid, struct service_state *s)
{
	const struct marks *m = &search->marks;
	char dir[PROC_READ_DIR_MAX], path[64], exe[PATH_MAX] = "", title[TITLE_MAX];
	struct proc_stat stat;
	ssize_t len;
	size_t got;

	if (pid <= 1 || !proc_read_stat(search->proc, pid, &stat))
		return;
	proc_read_dir(search->proc, &stat, dir);
	snprintf(path, sizeof(path), "/proc/%.31s/exe", dir);
	len = readlink(path, exe, sizeof(exe) - 1);
	/* A kernel thread, or one that has ended with all its threads. */
	if (len <= 0)
		return;
	exe[len] = '\0';
	snprintf(path, sizeof(path), "/proc/%.31s/cmdline", dir);
	got = read_file(path, title, sizeof(title));
	if (pid != m->pid && !is_marked(m, exe, title, got))
		return;
	s->processes++;
	s->pid = (int32_t)pid;
	s->login |= strcmp(base_of(exe), "sshd") == 0 || strcmp(base_of(title), "dropbear") == 0 ||
		    strcmp(base_of(exe), "dropbear") == 0;
	add_ports(dir, &search->listeners, s);
}

void service_procs_find(const char *name, pid_t core, struct service_state *out)
{
	struct search search = {.marks = {.name = name}};
	const struct dirent *entry;
	DIR *proc = opendir("/proc");

	find_marks(out, &search.marks);
	find_listeners(&search.listeners);
	search.proc = proc ? dirfd(proc) : -1;
	for (unsigned i = 0; proc && i < PROCESSES_MAX && (entry = readdir(proc)) != NULL; i++) {
		unsigned before = out->processes;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		look_at(&search, (uint32_t)strtoul(entry->d_name, NULL, 10), out);
		if (out->processes > before && (out->pid == getpid() || out->pid == core))
			out->guard = true;
	}
	if (proc)
		closedir(proc);
}
