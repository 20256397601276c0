/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop playbook import` and `export`: playbooks from and for other systems. */
#include "server-stub/cli/fleet.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/playbook_files.h"
#include "server-stub/cli/sigma_files.h"
#include "server-stub/playbook/cacao.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW_MAX 40

static const char *format = "cacao", *out_file = "-";

static const struct opts_option options[] = {
	{OPTS_TEXT, "format", "cacao", &format, "the other form (default: cacao, which is CACAO 2.0)"},
	{OPTS_TEXT, "o", "FILE", &out_file, "where to write it (default: -, standard output)"},
	{.kind = OPTS_END},
};

static const struct opts_command import_command = {
	.usage = "playbook import FILE [--format cacao] [-o FILE]",
	.about = "Make a playbook in YAML of one in CACAO 2.0. Steps that others would run by a shell or ssh are "
		 "refused: "
		 "no\ndevice runs what others send it. The whole document is kept under the key `cacao`.",
	.examples = "  caltrop playbook import block.json --format cacao -o block.yml",
	.options = options,
	.args_min = 1,
	.args_max = 1,
};

static const struct opts_command export_command = {
	.usage = "playbook export FILE [--format cacao] [-o FILE]",
	.about = "Write a playbook as CACAO 2.0: each step is an action with an OpenC2 command. What an imported one "
		 "had\n"
		 "and we do not know comes back.",
	.examples = "  caltrop playbook export miner.yml --format cacao -o miner.json",
	.options = options,
	.args_min = 1,
	.args_max = 1,
};

static int check_format(const struct opts_command *command)
{
	return strcmp(format, "cacao") == 0 ? OPTS_GO_ON : opts_wrong(command, "there is one other form: cacao");
}

/* The YAML is one that we would take. */
static int check_yaml(const char *file, struct str yaml)
{
	static struct recipe_mistakes m;
	static struct playbook p;

	if (recipe_read(yaml, &p, &m))
		return OPTS_GO_ON;
	return opts_failed(COMMAND_FAILED, "%s: it would be line %u of the playbook: %s", file, m.list[0].line,
			   m.list[0].why);
}

int cmd_playbook_import(int argc, char **argv)
{
	static char memory[RECIPE_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	char why[CACAO_WHY_MAX];
	struct opts_list args;
	json_t *document;
	int status = opts_read(&import_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = check_format(&import_command);
	if (status != OPTS_GO_ON)
		return status;
	document = playbook_files_json(args.items[0]);
	if (!document)
		return COMMAND_FAILED;
	if (cacao_import(document, &b, why) != ERR_OK)
		status = opts_failed(COMMAND_FAILED, "%s: %s", args.items[0], why);
	if (status == OPTS_GO_ON)
		status = check_yaml(args.items[0], buf_str(&b));
	if (status == OPTS_GO_ON)
		status = sigma_files_write(out_file, buf_str(&b));
	json_decref(document);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}

/* As CACAO has times: with three digits behind the second. */
static void write_now(char out[NOW_MAX])
{
	int64_t wall_us = clock_wall_us();
	time_t wall_s = (time_t)(wall_us / SECOND_US);
	char text[NOW_MAX - 8] = "";
	struct tm tm;

	if (gmtime_r(&wall_s, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, NOW_MAX, "%s.%03uZ", text, (unsigned)(wall_us % SECOND_US / 1000));
}

/* What it was imported from. NULL: nothing, or that is damaged. */
static json_t *read_kept(const char *file)
{
	static char memory[RECIPE_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	json_t *kept = NULL;
	struct str text;

	if (sigma_files_read(file, RECIPE_BYTES_MAX, &text) != OPTS_GO_ON)
		return NULL;
	if (recipe_kept(text, &b))
		kept = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
	free((void *)text.data);
	return json_is_object(kept) ? kept : NULL;
}

int cmd_playbook_export(int argc, char **argv)
{
	static struct playbook p;
	struct opts_list args;
	char now[NOW_MAX], *text;
	json_t *kept, *document;
	int status = opts_read(&export_command, argc, argv, &args);

	if (status == OPTS_GO_ON)
		status = check_format(&export_command);
	if (status == OPTS_GO_ON)
		status = playbook_files_read(args.items[0], &p, NULL);
	if (status != OPTS_GO_ON)
		return status;
	write_now(now);
	kept = read_kept(args.items[0]);
	document = cacao_export(&p, kept, now);
	text = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	status = text ? sigma_files_write(out_file, str_from(text)) : opts_failed(COMMAND_FAILED, "out of memory");
	free(text);
	json_decref(document);
	json_decref(kept);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
