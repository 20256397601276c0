/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers the shells' completion files (ports/linux/completions): what may stand where the last word is being typed. It
 * reads what every command reads, the table, and the help that the commands print: a new command or option needs no
 * more. Knows no value of an option: the shell offers files.
 */
#include "server-stub/cli/complete.h"

#include "agent/base/str.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HELP_LINE_MAX 256

static const struct opts_option options[] = {{.kind = OPTS_END}};

static const struct opts_command command = {
	.usage = "complete -- [WORD]...",
	.about = "Print what may stand in place of the last WORD, each with a tab and what it is. Shells call this for "
		 "who\n"
		 "types; `make install` puts the files for bash, zsh and fish where they look.",
	.examples = "  caltrop complete -- device l\n"
		    "  caltrop complete -- device list --",
	.options = options,
	.args_min = 0,
	.args_max = OPTS_ARGS_MAX,
};

/* Take the word that stands first in *rest. */
static struct str take_word(struct str *rest)
{
	return str_cut(rest, ' ');
}

/* Cut off `name` what was typed of it, `count` words. False: it is another command. */
static bool cut_typed(struct str *name, char **words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (str_empty(*name) || !str_equal(take_word(name), str_from(words[i])))
			return false;
	return true;
}

/* Of commands that share their first words, these stand together in the table or not; each word is printed once. */
static bool stood_before(const struct command *until, char **words, unsigned count, struct str word)
{
	for (const struct command *c = cli_commands; c < until; c++) {
		struct str rest = str_from(c->name);

		if (cut_typed(&rest, words, count) && str_equal(take_word(&rest), word))
			return true;
	}
	return false;
}

static unsigned print_words(char **words, unsigned count, struct str begin)
{
	unsigned printed = 0;

	for (const struct command *c = cli_commands; c->name; c++) {
		struct str rest = str_from(c->name), word;

		if (!cut_typed(&rest, words, count) || str_empty(rest))
			continue;
		word = take_word(&rest);
		if (!str_starts(word, begin) || stood_before(c, words, count, word))
			continue;
		printf("%.*s\t%s\n", (int)word.len, word.data, str_empty(rest) ? c->summary : "");
		printed++;
	}
	return printed;
}

/* What the command prints of itself, in a file that is gone when it is closed. NULL: there is no room for one. */
static FILE *help_of(const struct command *c)
{
	char *argv[] = {(char *)"", (char *)"--help", NULL};
	FILE *text = tmpfile();
	int out = text ? dup(STDOUT_FILENO) : -1;

	if (out < 0)
		return text;
	fflush(stdout);
	if (dup2(fileno(text), STDOUT_FILENO) >= 0)
		(void)c->run(2, argv);
	fflush(stdout);
	(void)dup2(out, STDOUT_FILENO);
	close(out);
	rewind(text);
	return text;
}

/* "  -c, --config FILE  read it from FILE": the option, whether it takes a value, and what it is. */
struct option_line {
	struct str name, about;
	bool value;
};

static bool read_line(const char *line, struct option_line *o)
{
	struct str rest = str_trim(str_from(line)), word;

	if (!str_starts(rest, STR("-")))
		return false;
	word = take_word(&rest);
	if (str_take_back(&word, STR(",")))
		word = take_word(&rest);
	o->name = word;
	o->value = !str_empty(rest) && rest.data[0] >= 'A' && rest.data[0] <= 'Z';
	if (o->value)
		(void)take_word(&rest);
	o->about = str_trim(rest);
	return true;
}

/* With `begin`, print the options that begin so. With `before`, whether that option is one that takes a value. */
static bool each_option(const struct command *c, struct str begin, const char *before)
{
	char line[HELP_LINE_MAX];
	struct option_line o;
	bool takes = false;
	FILE *text = help_of(c);

	while (text && fgets(line, sizeof(line), text)) {
		if (!read_line(line, &o))
			continue;
		if (before)
			takes |= o.value && str_equal(o.name, str_from(before));
		else if (str_starts(o.name, begin))
			printf("%.*s\t%.*s\n", (int)o.name.len, o.name.data, (int)o.about.len, o.about.data);
	}
	if (text)
		fclose(text);
	return takes;
}

int complete(int argc, char **argv)
{
	struct opts_list list;
	int status = opts_read(&command, argc, argv, &list);
	char **words = (char **)list.items;
	unsigned before = list.count ? list.count - 1 : 0;
	int length;
	struct str begin = str_from(list.count ? words[before] : "");
	const struct command *c;

	if (status != OPTS_GO_ON)
		return status;
	c = cli_command_find((int)before, words, &length);
	if (!str_starts(begin, STR("-")) && print_words(words, before, begin) > 0)
		return COMMAND_OK;
	if (!c || ((int)before > length && words[before - 1][0] == '-' && each_option(c, STR_NONE, words[before - 1])))
		return COMMAND_OK;
	if (str_starts(begin, STR("-")))
		(void)each_option(c, begin, NULL);
	return COMMAND_OK;
}
