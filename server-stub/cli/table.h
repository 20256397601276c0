/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line `caltrop` is one table of commands, in table.c; help and dispatch both read it. A device build
 * holds the rows of agent/cli, a build with CONFIG_CLI_FLEET those of this folder as well.
 */
#pragma once

#include "agent/cli/command.h"

/* All commands of this build; a row whose name is NULL ends them. */
extern const struct command cli_commands[];

/*
 * The command whose words stand first among these, and how many words it has; of several the longest. NULL: there is
 * none, and the number is 0.
 */
const struct command *cli_command_find(int argc, char **argv, int *words);
