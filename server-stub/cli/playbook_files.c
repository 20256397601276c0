/* SPDX-License-Identifier: Apache-2.0 */
/* Reads playbooks. What is wrong with one is recipe.h's to say, and said here. */
#include "server-stub/cli/playbook_files.h"

#include "agent/base/json.h"
#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/sigma_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* As jansson takes it: bytes that are no UTF-8, as where a text was cut, become escapes. */
static json_t *text_json(const char *text)
{
	static char memory[6 * PATH_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct json j = json_over(&b);

	json_str(&j, str_from(text));
	return json_loadb(b.data, b.len, JSON_DECODE_ANY, NULL);
}

static void say(const char *file, const struct recipe_mistake *m, json_t *mistakes)
{
	if (mistakes)
		json_array_append_new(mistakes,
				      json_pack("{s:o, s:i, s:i, s:o}", "file", text_json(file), "line", (int)m->line,
						"column", (int)m->column, "why", text_json(m->why)));
	if (m->line)
		fprintf(stderr, "%s:%u:%u: %s\n", file, m->line, m->column, m->why);
	else
		fprintf(stderr, "%s: %s\n", file, m->why);
}

static bool read_compiled(struct str text, struct playbook *out, struct recipe_mistakes *m)
{
	char why[PLAYBOOK_WHY_MAX];

	if (playbook_decode(text, out, why) == ERR_OK)
		return true;
	m->count = 1;
	m->list[0] = (struct recipe_mistake){0};
	str_show(str_from(why), m->list[0].why, sizeof(m->list[0].why));
	return false;
}

int playbook_files_read(const char *file, struct playbook *out, json_t *mistakes)
{
	static struct recipe_mistakes m;
	struct str text;
	int status = sigma_files_read(file, RECIPE_BYTES_MAX, &text);
	bool good;

	if (status != OPTS_GO_ON)
		return status;
	good = str_starts(text, STR("CTP")) ? read_compiled(text, out, &m) : recipe_read(text, out, &m);
	for (unsigned i = 0; !good && i < m.count; i++)
		say(file, &m.list[i], mistakes);
	free((void *)text.data);
	return good ? OPTS_GO_ON : COMMAND_FAILED;
}

json_t *playbook_files_json(const char *file)
{
	json_error_t error;
	json_t *json = json_load_file(file, JSON_REJECT_DUPLICATES, &error);

	if (!json && error.line < 0) /* it was not read at all */
		opts_failed(COMMAND_FAILED, "%s", error.text);
	else if (!json)
		opts_failed(COMMAND_FAILED, "%s:%d:%d: %s", file, error.line, error.column, error.text);
	return json;
}
