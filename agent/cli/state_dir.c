/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the guard's state by its settings. Makes no directory: caltropd does. */
#include "agent/cli/state_dir.h"

#include "agent/cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STATE_PATH_MAX (SETTINGS_PATH_MAX + 16)

/* Whether a guard runs with its state in the run_dir: it has locked its directory there (dirs.h). */
static bool fell_back(const struct settings *s)
{
	char path[STATE_PATH_MAX];
	bool locked;
	int fd;

	snprintf(path, sizeof(path), "%s/state/actor", s->run_dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

int state_dir_open(const struct settings *s, const char *name, int *dir)
{
	char path[STATE_PATH_MAX];
	int why;

	if (s->is_volatile || fell_back(s))
		snprintf(path, sizeof(path), "%s/state/%s", s->run_dir, name);
	else
		snprintf(path, sizeof(path), "%s/%s", s->state_dir, name);
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir >= 0)
		return COMMAND_OK;
	why = errno;
	fprintf(stderr, "caltrop: %s: %s\n", path,
		why == ENOENT ? "there is no such directory; the guard makes it when it starts" : strerror(why));
	return why == EACCES ? COMMAND_DENIED : COMMAND_FAILED;
}
