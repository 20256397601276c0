/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes are a service's: those of its control group, where it has one; else those that have its name, or the
 * name of the program that its start script names, by the file that they run or, as applets of one file do, by what
 * they were called with; and the one of its pid file. Somebody may give a process of his such a name. Then the service
 * is said to run still, and nothing else follows.
 */
#include "agent/actor/sys/service_procs.h"

#include "agent/actor/sys/service_group.h"
#include "agent/actor/sys/service_unit.h"
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
#define GROUPS_MAX 4096 /* bytes of /proc/PID/cgroup */

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

/* The ports of those that the process has. */
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

/* Of what process 1, which is systemd, has open, those that the service's socket unit names. */
static void find_waiting(const char *name, const struct listeners *l, struct service_state *s)
{
	uint16_t named[SERVICE_PORTS_MAX];
	unsigned count = service_unit_ports(name, &s->boot, named);

	s->unsure = count == 0 && s->boot.units[SERVICE_SOCKET].path[0];
	for (unsigned i = 0; i < count; i++) {
		struct listeners meant = {.count = 0};
		struct service_state held = {.port_count = 0};

		for (unsigned row = 0; row < l->count; row++)
			if (l->rows[row].port == named[i])
				meant.rows[meant.count++] = l->rows[row];
		if (meant.count > 0)
			add_ports("1", &meant, &held);
		if (held.port_count == 0)
			continue;
		s->waits = true;
		add_port(s, named[i]);
	}
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

/* What stands in front of a path in the scripts that each manager has; NULL ends a list. */
static const struct {
	const char *programs[4], *files[3];
} words[SERVICE_MANAGERS] = {
	[SERVICE_SYSV] = {{"DAEMON=", "--exec ", " -x "}, {"PIDFILE=", "--pidfile "}},
	[SERVICE_OPENRC] = {{"command=", "--exec ", " -x "}, {"pidfile=", "--pidfile "}},
	[SERVICE_PROCD] = {{"PROG=", "procd_set_param command ", "DAEMON="}, {"PIDFILE=", "PID_FILE="}},
};

static void find_marks(const struct service_state *s, struct marks *m)
{
	const char *const *programs = words[s->boot.manager].programs, *const *files = words[s->boot.manager].files;
	static char text[SCRIPT_MAX];
	char path[128];

	(void)read_file(s->boot.script, text, sizeof(text));
	for (; *programs && !m->program[0]; programs++)
		if (take_path(text, *programs, path, sizeof(path)) && !is_common(base_of(path)))
			str_show(str_from(base_of(path)), m->program, sizeof(m->program) - 1);
	for (; *files && m->pid <= 0; files++)
		if (take_path(text, *files, path, sizeof(path)))
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
static bool is_called(const struct marks *m, const char *exe, const char *title, size_t len)
{
	size_t first = strnlen(title, len) + 1;

	if (has_name(m, exe) || has_name(m, title))
		return true;
	return strcmp(base_of(title), "busybox") == 0 && first < len && has_name(m, title + first);
}

/* systemd's groups are never wrong, and with them a process that only has the name is another's. */
static bool is_grouped(const char *dir, const char *name, const struct service_boot *boot)
{
	static char text[GROUPS_MAX];
	char path[64];
	size_t got;

	if (boot->manager == SERVICE_SYSV)
		return false;
	snprintf(path, sizeof(path), "/proc/%.31s/cgroup", dir);
	got = read_file(path, text, sizeof(text));
	return service_group_has((struct str){text, got}, name, boot);
}

/* -- processes -- */

/* What is looked for, and where. */
struct search {
	int proc;
	struct marks marks;
	struct listeners listeners;
};

/* A process as it is seen. */
struct seen {
	char dir[PROC_READ_DIR_MAX], exe[PATH_MAX], title[TITLE_MAX];
	size_t title_len;
};

static bool see(int proc, uint32_t pid, struct seen *out)
{
	struct proc_stat stat;
	char path[64];
	ssize_t len;

	if (pid <= 1 || !proc_read_stat(proc, pid, &stat))
		return false;
	proc_read_dir(proc, &stat, out->dir);
	snprintf(path, sizeof(path), "/proc/%.31s/exe", out->dir);
	len = readlink(path, out->exe, sizeof(out->exe) - 1);
	/* A kernel thread, or one that has ended with all its threads. */
	if (len <= 0)
		return false;
	out->exe[len] = '\0';
	snprintf(path, sizeof(path), "/proc/%.31s/cmdline", out->dir);
	out->title_len = read_file(path, out->title, sizeof(out->title));
	return true;
}

static bool is_of_it(const struct marks *m, uint32_t pid, const struct seen *p, const struct service_boot *boot)
{
	if (is_grouped(p->dir, m->name, boot))
		return true;
	if (boot->manager == SERVICE_SYSTEMD)
		return false;
	return (long)pid == m->pid || is_called(m, p->exe, p->title, p->title_len);
}

static void look_at(const struct search *search, uint32_t pid, struct service_state *s)
{
	static struct seen p;

	if (!see(search->proc, pid, &p) || !is_of_it(&search->marks, pid, &p, &s->boot))
		return;
	s->processes++;
	s->pid = (int32_t)pid;
	s->login |= strcmp(base_of(p.exe), "sshd") == 0 || strcmp(base_of(p.title), "dropbear") == 0 ||
		    strcmp(base_of(p.exe), "dropbear") == 0;
	add_ports(p.dir, &search->listeners, s);
}

/* Also where nobody is connected: a socket of systemd's has no process then. */
static bool is_login(const char *name)
{
	static const char *const names[] = {"ssh", "sshd", "dropbear", "openssh", "openssh-server"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void service_procs_find(const char *name, pid_t core, struct service_state *out)
{
	struct search search = {.marks = {.name = name}};
	const struct dirent *entry;
	DIR *proc = opendir("/proc");

	out->login = is_login(name);
	find_marks(out, &search.marks);
	find_listeners(&search.listeners);
	find_waiting(name, &search.listeners, out);
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
