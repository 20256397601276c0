/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands of caltrop-server say of a command line that is wrong. */
#include "server-stub/shell/command.h"

#include <stdio.h>

int command_misused(const char *command, const char *why, const char *arg)
{
	fprintf(stderr, "caltrop-server %s: %s", command, why);
	if (arg)
		fprintf(stderr, " '%s'", arg);
	fprintf(stderr, "; caltrop-server %s --help tells how\n", command);
	return COMMAND_USAGE;
}
