/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of caltrop-server; main.c has their table. Each returns the exit status. */
#pragma once

#define COMMAND_DIR_DEFAULT "/var/lib/caltrop-server"

enum {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2, /* the command line is wrong */
	COMMAND_CONFIG =
		78, /* EX_CONFIG of sysexits.h: the settings or files are wrong, and starting again does not help */
};

int init_command(int argc, char **argv);
int run_command(int argc, char **argv);
int backup_command(int argc, char **argv);
int restore_command(int argc, char **argv);
int migrate_command(int argc, char **argv);
int authority_command(int argc, char **argv);
int admin_command(int argc, char **argv);
