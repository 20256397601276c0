/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at /proc/PID/status. The owner of the files in /proc is not asked: those of a process that does not let
 * itself be dumped are root's, whoever runs it.
 */
#include "agent/actor/sys/way_in.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_BYTES 64 /* TASK_COMM_LEN, each of them escaped */

static bool is_name(const char *name)
{
	static const char *const names[] = {"sshd",  "sshd-session", "sshd-auth", "dropbear",	    "login",
					    "getty", "agetty",	     "sulogin",	  "systemd-logind", "dbus-daemon"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool way_in_is(int32_t pid)
{
	char path[64], text[1024], name[NAME_BYTES + 1];
	unsigned real, effective;
	const char *ids;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	ids = strstr(text, "\nUid:\t");
	/* The real one too: anybody may start a setuid program under any name. */
	return ids && sscanf(ids, "\nUid:\t%u\t%u", &real, &effective) == 2 && real == 0 && effective == 0 &&
	       sscanf(text, "Name:\t%64[^\n]", name) == 1 && is_name(name);
}
