/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/cli/object_out.h"

#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool is_stdout(const char *name)
{
	return strcmp(name, "-") == 0;
}

int object_out_open(const char *name, int *fd)
{
	*fd = STDOUT_FILENO;
	if (is_stdout(name) && isatty(STDOUT_FILENO))
		return opts_failed(COMMAND_USAGE, "standard output is a terminal, which the bytes of an object could "
						  "command: name a file with --out, or a pipe");
	if (!is_stdout(name))
		*fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd < 0 ? opts_failed(COMMAND_FAILED, "%s: %s", name, strerror(errno)) : OPTS_GO_ON;
}

int object_out_close(const char *name, int fd, int status)
{
	if (is_stdout(name))
		return status;
	if (close(fd) != 0 && status == OPTS_GO_ON)
		status = opts_failed(COMMAND_FAILED, "%s: %s", name, strerror(errno));
	if (status != OPTS_GO_ON)
		unlink(name);
	return status;
}
