/* SPDX-License-Identifier: Apache-2.0 */
/* caltrop-server: one table of subcommands. */
#include "agent/base/output.h"
#include "agent/base/say.h"
#include "server-stub/shell/command.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *about;
} commands[] = {
	{"init", init_command, "make a fleet: its keys, certificates, store and first operator"},
	{"run", run_command, "serve devices and operators"},
	{"backup", backup_command, "copy the store, also while the service runs"},
	{"restore", restore_command, "put a backup in the place of the store"},
	{"admin", admin_command, "let an admin in who lost the password"},
	{"authority", authority_command, "change the authority that signs certificates"},
	{"cert", cert_command, "judge the service's certificates, install the API's"},
	{"doctor", doctor_command, "say what is wrong with a deployment, and what to do; changes nothing"},
	{"migrate", migrate_command, "give a fleet that the guard's user owns to the service's user"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("usage: caltrop-server COMMAND [OPTION...]\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].about);
	fputs("\n"
	      "  caltrop-server init --dir /var/lib/caltrop-server --name fleet.example.org\n"
	      "  caltrop-server run --dir /var/lib/caltrop-server\n\n"
	      "Every command takes --help. The manual is caltrop-server(8).\n",
	      to);
}

/* getopt says by argv[0] who complains. */
static int run(int (*command)(int argc, char **argv), int argc, char **argv)
{
	static char whole[sizeof("caltrop-server ") + 16];

	snprintf(whole, sizeof(whole), "caltrop-server %s", argv[0]);
	argv[0] = whole;
	return command(argc, argv);
}

static int choose(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return run(commands[i].run, argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0) {
		puts("caltrop-server " CALTROP_VERSION);
		return COMMAND_OK;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
		usage(stdout);
		return COMMAND_OK;
	}
	if (name[0] != '\0')
		fprintf(stderr, "caltrop-server: there is no command '%s'\n", name);
	usage(stderr);
	return COMMAND_USAGE;
}

int main(int argc, char **argv)
{
	say_open("caltrop-server");
	return output_end(&(struct output_end){"caltrop-server", choose(argc, argv), COMMAND_FAILED});
}
