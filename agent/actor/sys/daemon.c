/* SPDX-License-Identifier: Apache-2.0 */
/* Asks proc(5) and the control groups, cgroups(7), which systemd has one of for each service. Changes nothing. */
#include "agent/actor/sys/daemon.h"

#include "agent/actor/sys/procs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_UID_MAX 999
#define TEXT_BYTES 4096 /* a longer list of processes is no small service's, and is not judged */

/* Where the hierarchy that systemd names its services in may be mounted. */
static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"};

bool daemon_group(struct str text, char path[DAEMON_PATH_MAX])
{
	while (!str_empty(text)) {
		struct str line = str_cut(&text, '\n'), controllers;

		(void)str_cut(&line, ':');
		controllers = str_cut(&line, ':');
		if (!str_empty(controllers) && !str_equal(controllers, STR("name=systemd")))
			continue;
		if (str_starts(line, STR("/system.slice/")) && str_ends(line, STR(".service")))
			return str_copy(line, path, DAEMON_PATH_MAX) == ERR_OK;
	}
	return false;
}

/* The whole of a file; empty: there is none, or it is longer. */
static struct str read_text(const char *path, char text[TEXT_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got = 0;

	while (fd >= 0 && len < TEXT_BYTES && (got = read(fd, text + len, TEXT_BYTES - len)) > 0)
		len += (size_t)got;
	if (fd >= 0)
		close(fd);
	return (struct str){text, got == 0 && len < TEXT_BYTES ? len : 0};
}

static bool has_system_uid(const char *proc)
{
	char path[64], text[TEXT_BYTES];
	unsigned real, effective;
	size_t at;
	struct str status;

	snprintf(path, sizeof(path), "%s/status", proc);
	status = read_text(path, text);
	at = str_find(status, STR("\nUid:\t"));
	if (at == SIZE_MAX || status.len == TEXT_BYTES)
		return false;
	text[status.len] = '\0';
	/* The real one too: anybody may start a setuid program. */
	return sscanf(text + at, "\nUid:\t%u\t%u", &real, &effective) == 2 && real > 0 && real <= SYSTEM_UID_MAX &&
	       effective == real;
}

static bool runs_roots_program(const char *proc)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/exe", proc);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Whether no process of the list began before. An empty list tells nothing. */
static bool is_oldest(struct str list, uint64_t start_ticks)
{
	bool any = !str_empty(list);

	while (!str_empty(list)) {
		struct proc_stat stat;
		uint64_t pid;

		if (str_number(str_cut(&list, '\n'), INT32_MAX, &pid) == ERR_OK &&
		    procs_stat((int32_t)pid, &stat) == ERR_OK && stat.start_ticks < start_ticks)
			return false;
	}
	return any;
}

bool daemon_is(int32_t pid, uint64_t start_ticks)
{
	char proc[32], path[DAEMON_PATH_MAX + 64], group[DAEMON_PATH_MAX], text[TEXT_BYTES];

	snprintf(proc, sizeof(proc), "/proc/%d", (int)pid);
	if (!has_system_uid(proc) || !runs_roots_program(proc))
		return false;
	snprintf(path, sizeof(path), "%s/cgroup", proc);
	if (!daemon_group(read_text(path, text), group))
		return false;
	for (unsigned i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		snprintf(path, sizeof(path), "%s%s/cgroup.procs", mounts[i], group);
		if (is_oldest(read_text(path, text), start_ticks))
			return true;
	}
	return false;
}
