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
			fprintf(out, "  %-21s %s\n", c->name, c->summary);
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

/* The words of a group of commands, each with a blank behind it, as "local policy ". */
struct group {
	char front[64];
	int words; /* 0: none */
};

static bool has_commands(const char *front)
{
	for (const struct command *c = cli_commands; c->name; c++)
		if (str_starts(str_from(c->name), str_from(front)))
			return true;
	return false;
}

/* The longest group that stands first in the arguments. */
static struct group find_group(int argc, char **argv)
{
	struct group g = {.words = 0}, longer = g;

	while (g.words < argc) {
		int len = snprintf(longer.front, sizeof(longer.front), "%s%s ", g.front, argv[g.words]);

		if (len >= (int)sizeof(longer.front) || !has_commands(longer.front))
			break;
		longer.words = g.words + 1;
		g = longer;
	}
	return g;
}

/* The command that is nearest to what was said; NULL: none is near. */
static const char *nearest(const char *said, const char *first)
{
	const char *near = NULL;
	unsigned best = 4;

	for (const struct command *c = cli_commands; c->name; c++) {
		unsigned d = distance(said, c->name), d1 = distance(first, c->name);

		d = d1 < d ? d1 : d;
		if (d < best) {
			best = d;
			near = c->name;
		}
	}
	return near;
}

static int unknown(const struct group *g, int argc, char **argv)
{
	char said[64];
	bool is_word = g->words == 0 || (g->words < argc && argv[g->words][0] != '-');
	const char *near;

	snprintf(said, sizeof(said), "%s%s", g->front, is_word ? argv[g->words] : "");
	near = nearest(said, g->words ? said : argv[0]);
	fprintf(stderr, "caltrop: '%.*s' is no command", (int)strlen(said) - !is_word, said);
	if (near)
		fprintf(stderr, "; did you mean '%s'?\n", near);
	else
		fprintf(stderr, "; `caltrop %s--help` lists them\n", g->front);
	return COMMAND_USAGE;
}

/* "caltrop device" or "caltrop local policy --help": the commands that begin with these words. */
static int group(int argc, char **argv)
{
	const struct group g = find_group(argc, argv);
	bool more = g.words < argc;
	bool help = more && (strcmp(argv[g.words], "--help") == 0 || strcmp(argv[g.words], "-h") == 0);

	if (g.words == 0 || (more && !help))
		return unknown(&g, argc, argv);
	fprintf(help ? stdout : stderr, "usage: caltrop %sCOMMAND\n", g.front);
	print_commands(help ? stdout : stderr, str_from(g.front));
	return help ? COMMAND_OK : COMMAND_USAGE;
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
