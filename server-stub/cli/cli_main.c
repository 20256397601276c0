/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line `caltrop`: finds the row whose words stand first in the arguments and runs it. Knows no command;
 * help is printed from the same table.
 */
#include "server-stub/cli/cli_main.h"

#include "agent/base/output.h"
#include "agent/base/str.h"
#include "server-stub/cli/complete.h"
#include "server-stub/cli/table.h"

#include <stdio.h>
#include <string.h>

static const char intro[] = "usage: caltrop COMMAND [OPTION]... [ARGUMENT]...\n"
			    "Commands for the guard of this device, and for a fleet of guards. `caltrop COMMAND "
			    "--help` explains a command.\n\n";

static const char outro[] =
	"\nEvery command takes --help, and --json to print JSON for programs. The manual is caltrop(1).\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage, 3 some of several failed, 4 not found, 5 not logged in or not\n"
	"permitted, 6 not reachable or no answer in time, 7 conflict or approval needed.\n";

static const struct {
	const char *command, *arguments;
} examples[] = {
	{"local bans", ""},
	{"parse", " --json /var/log/auth.log"},
	{"order push", " ban 203.0.113.9 --for 1h --device gateway-7 --wait"},
};

static void print_commands(FILE *out, struct str group)
{
	for (const struct command *c = cli_commands; c->name; c++)
		if (str_starts(str_from(c->name), group))
			fprintf(out, "  %-18s %s\n", c->name, c->summary);
}

/* Letters to change, add or leave out to make one word of the other (Levenshtein), for words up to 31 letters. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[32], la = (unsigned)strnlen(a, 31), lb = (unsigned)strnlen(b, 31);

	for (unsigned j = 0; j <= lb; j++)
		row[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned add = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < add ? change : add;
		}
	}
	return row[lb];
}

static int unknown(int argc, char **argv)
{
	char said[64];
	const char *near = NULL;
	unsigned best = 4;

	snprintf(said, sizeof(said), "%s%s%s", argv[0], argc > 1 && argv[1][0] != '-' ? " " : "",
		 argc > 1 && argv[1][0] != '-' ? argv[1] : "");
	for (const struct command *c = cli_commands; c->name; c++) {
		unsigned d = distance(said, c->name);
		unsigned d1 = distance(argv[0], c->name);

		d = d1 < d ? d1 : d;
		if (d < best) {
			best = d;
			near = c->name;
		}
	}
	fprintf(stderr, "caltrop: '%s' is no command", said);
	if (near)
		fprintf(stderr, "; did you mean '%s'?\n", near);
	else
		fprintf(stderr, "; `caltrop --help` lists them\n");
	return COMMAND_USAGE;
}

/* "caltrop device" or "caltrop device --help": the commands that begin with these words. */
static int group(int argc, char **argv)
{
	char prefix[64];
	bool help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);

	snprintf(prefix, sizeof(prefix), "%s ", argv[0]);
	if (argc > 1 && !help)
		return unknown(argc, argv);
	for (const struct command *c = cli_commands; c->name; c++) {
		if (!str_starts(str_from(c->name), str_from(prefix)))
			continue;
		fprintf(help ? stdout : stderr, "usage: caltrop %s COMMAND\n", argv[0]);
		print_commands(help ? stdout : stderr, str_from(prefix));
		return help ? COMMAND_OK : COMMAND_USAGE;
	}
	return unknown(argc, argv);
}

/* Only those of commands that this build has. */
static void print_examples(void)
{
	const char *head = "\nexamples:\n";

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		for (const struct command *c = cli_commands; c->name; c++) {
			if (strcmp(c->name, examples[i].command) != 0)
				continue;
			printf("%s  caltrop %s%s\n", head, c->name, examples[i].arguments);
			head = "";
		}
}

static int help(void)
{
	fputs(intro, stdout);
	print_commands(stdout, STR_NONE);
	fputs(outro, stdout);
	print_examples();
	return COMMAND_OK;
}

static int run(int argc, char **argv)
{
	const struct command *found;
	int words;

	if (argc < 2) {
		fputs(intro, stderr);
		print_commands(stderr, STR_NONE);
		return COMMAND_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts("caltrop " CALTROP_VERSION);
		return COMMAND_OK;
	}
	if (IS_ENABLED(CONFIG_CLI_FLEET) && strcmp(argv[1], "complete") == 0)
		return complete(argc - 1, argv + 1);
	found = cli_command_find(argc - 1, argv + 1, &words);
	if (!found)
		return group(argc - 1, argv + 1);
	return found->run(argc - words, argv + words);
}

int cli_main(int argc, char **argv)
{
	return output_end(&(struct output_end){"caltrop", run(argc, argv), COMMAND_FAILED});
}
