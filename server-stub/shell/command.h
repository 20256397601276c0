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

/*
 * Say on standard error what is wrong with the command line, the argument that it is about (NULL: none) and where the
 * manual is. Returns COMMAND_USAGE.
 */
int command_misused(const char *command, const char *why, const char *arg);

int init_command(int argc, char **argv);
int run_command(int argc, char **argv);
int backup_command(int argc, char **argv);
int restore_command(int argc, char **argv);
int migrate_command(int argc, char **argv);
int authority_command(int argc, char **argv);
int cert_command(int argc, char **argv);
int admin_command(int argc, char **argv);
int doctor_command(int argc, char **argv);
