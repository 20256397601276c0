/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the guard's state by its settings. Makes no directory: caltropd does. */
#include "agent/cli/state_dir.h"

#include "agent/cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int state_dir_open(const struct settings *s, const char *name, int *dir)
{
	char path[SETTINGS_PATH_MAX + 16];
	int why;

	if (s->is_volatile)
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
