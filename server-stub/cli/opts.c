/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small reader of options: "--name value", "--name=value", options and arguments in any order, "--" ends them. One
 * whose name is a letter is written "-o value".
 */
#include "server-stub/cli/opts.h"

#include "agent/base/clock.h"
#include "agent/base/str.h"
#include "agent/cli/command.h"
#include "server-stub/cli/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SAID_MAX 2048

struct opts_common opts_common;

static const struct opts_option everywhere[] = {
	{OPTS_FLAG, "json", NULL, &opts_common.json, "print JSON, for programs"},
	{OPTS_TEXT, "context", "NAME", &opts_common.context,
	 "use the login of this name (default: $CALTROP_CONTEXT or \"default\")"},
	{.kind = OPTS_END},
};

bool opts_span(const char *text, int64_t *seconds)
{
	struct str s = str_from(text);
	int64_t unit = 1;
	uint64_t number;

	if (str_take_back(&s, STR("d")))
		unit = 86400;
	else if (str_take_back(&s, STR("h")))
		unit = 3600;
	else if (str_take_back(&s, STR("m")))
		unit = 60;
	else
		(void)str_take_back(&s, STR("s"));
	if (str_number(s, INT32_MAX, &number) || number == 0)
		return false;
	*seconds = (int64_t)number * unit;
	return true;
}

static void help_options(const struct opts_option *options)
{
	char left[64];

	for (; options->kind != OPTS_END; options++) {
		snprintf(left, sizeof(left), "%s%s%s%s", options->name[1] ? "--" : "-", options->name,
			 options->value ? " " : "", options->value ? options->value : "");
		printf("  %-28s %s\n", left, options->help);
	}
}

static int help(const struct opts_command *c)
{
	printf("usage: caltrop %s\n\n%s\n\nexamples:\n%s\n\noptions:\n", c->usage, c->about, c->examples);
	help_options(c->options);
	help_options(everywhere);
	printf("  %-28s %s\n", "--help", "print this text");
	return COMMAND_OK;
}

/* Words of files and of others may be in it, which must not move the cursor of a terminal or begin a line. */
static void complain(const char *format, va_list args)
{
	char text[SAID_MAX];

	vsnprintf(text, sizeof(text), format, args);
	grid_clean(text);
	fprintf(stderr, "caltrop: %s\n", text);
}

int opts_failed(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return status;
}

const char *opts_when(const char *text, char out[OPTS_WHEN_MAX])
{
	int64_t seconds;

	if (!text || !opts_span(text, &seconds) || strspn(text, "0123456789") == strlen(text))
		return text;
	snprintf(out, OPTS_WHEN_MAX, "%lld", (long long)(clock_wall_s() - seconds));
	return out;
}

bool opts_is_when(const char *text)
{
	int64_t seconds;

	return !text || opts_span(text, &seconds) || strspn(text, "0123456789") == strlen(text) ||
	       (strlen(text) > 10 && strchr("Tt ", text[10]));
}

int opts_wrong(const struct opts_command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fprintf(stderr, "usage: caltrop %s (--help tells more)\n", command->usage);
	return COMMAND_USAGE;
}

static const struct opts_option *find(const struct opts_option *options, struct str name)
{
	for (; options->kind != OPTS_END; options++)
		if (str_equal(str_from(options->name), name))
			return options;
	return NULL;
}

/* What is taken where a value was not. */
static const char *form(const struct opts_option *o)
{
	switch (o->kind) {
	case OPTS_SPAN: return "; write a time from 1s on, as 90s, 15m, 24h or 7d";
	case OPTS_COUNT: return "; write a whole number";
	case OPTS_MANY: return "; it was given too often";
	default: return "";
	}
}

static bool set(const struct opts_option *o, const char *value)
{
	struct opts_list *list = o->out;
	uint64_t number;

	switch (o->kind) {
	case OPTS_FLAG: *(bool *)o->out = true; return true;
	case OPTS_TEXT: *(const char **)o->out = value; return true;
	case OPTS_MANY:
		if (list->count == OPTS_ARGS_MAX)
			return false;
		list->items[list->count++] = value;
		return true;
	case OPTS_COUNT:
		if (str_number(str_from(value), INT64_MAX, &number))
			return false;
		*(int64_t *)o->out = (int64_t)number;
		return true;
	case OPTS_SPAN: return opts_span(value, o->out);
	default: return false;
	}
}

/* The option at argv[*i]; *i moves onto its value when that is a word of its own. */
static int read_option(const struct opts_command *c, int argc, char **argv, int *i)
{
	struct str value = str_from(argv[*i] + (argv[*i][1] == '-' ? 2 : 1));
	bool joined = str_find_byte(value, '=') != SIZE_MAX;
	struct str name = str_cut(&value, '=');
	const struct opts_option *o = find(c->options, name);
	const char *text = joined ? value.data : NULL;

	if (!o)
		o = find(everywhere, name);
	if (!o)
		return opts_wrong(c, "there is no option %s", argv[*i]);
	const char *dashes = o->name[1] ? "--" : "-";

	if (o->kind == OPTS_FLAG && joined)
		return opts_wrong(c, "%s%s takes no value", dashes, o->name);
	if (o->kind != OPTS_FLAG && !joined) {
		if (*i + 1 == argc)
			return opts_wrong(c, "%s%s wants a value: %s", dashes, o->name, o->value);
		text = argv[++*i];
	}
	/* More often a variable that is not set than a wish. */
	if (o->kind != OPTS_FLAG && !text[0])
		return opts_wrong(c, "%s%s wants a value, and '' is none: %s", dashes, o->name, o->value);
	if (!set(o, text))
		return opts_wrong(c, "%s%s does not take '%s'%s", dashes, o->name, text, form(o));
	return OPTS_GO_ON;
}

/* Whether it is "-o", and the command has that option. */
static bool is_letter(const struct opts_command *c, const char *word)
{
	return word[0] == '-' && word[1] && !word[2] && find(c->options, str_from(word + 1));
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int opts_read(const struct opts_command *c, int argc, char **argv, struct opts_list *args)
{
	bool only_args = false;

	args->count = 0;
	for (int i = 1; i < argc; i++) {
		if (!only_args && is_help(argv[i]))
			return help(c);
		if (!only_args && strcmp(argv[i], "--") == 0) {
			only_args = true;
			continue;
		}
		if (!only_args && (strncmp(argv[i], "--", 2) == 0 || is_letter(c, argv[i]))) {
			int status = read_option(c, argc, argv, &i);

			if (status != OPTS_GO_ON)
				return status;
			continue;
		}
		if (!only_args && argv[i][0] == '-' && argv[i][1])
			return opts_wrong(c, "there is no option %s", argv[i]);
		if (args->count == c->args_max)
			return opts_wrong(c, "there is one argument too many: %s", argv[i]);
		args->items[args->count++] = argv[i];
	}
	if (args->count < c->args_min)
		return opts_wrong(c, "an argument is missing");
	return OPTS_GO_ON;
}
