/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of caltrop-server; main.c has their table. Each returns the exit status. */
#pragma once

#define COMMAND_DIR_DEFAULT "/var/lib/caltrop-server"

enum {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2,   /* the command line */
	COMMAND_CONFIG = 78, /* sysexits.h EX_CONFIG: starting again does not help */
};

int init_command(int argc, char **argv);
int run_command(int argc, char **argv);
int backup_command(int argc, char **argv);
int migrate_command(int argc, char **argv);
