/* SPDX-License-Identifier: Apache-2.0 */
/* Takes incidents apart for playbooks. What is missing stays empty: the playbook says what it wants. */
#include "server-stub/cli/playbook_case.h"

#include "agent/cli/command.h"
#include "server-stub/cli/playbook_files.h"

#include <stdio.h>
#include <string.h>

#define SUBJECT_BYTES 96 /* of which a device tells */

static struct str text_of(json_t *object, const char *key)
{
	json_t *text = json_object_get(object, key);

	return (struct str){json_string_value(text), json_string_length(text)};
}

static uint8_t level_of(json_t *object, const char *key)
{
	struct str name = text_of(object, key);
	uint8_t level = SEV_CRITICAL;

	while (level > 0 && !str_equal(name, str_from(severity_name(level))))
		level--;
	return level;
}

/* "/bin/nc[815]" */
static void take_pid(struct playbook_case_file *c, struct str subject)
{
	size_t open = str_find_byte(subject, '['), at = open;
	uint64_t number;

	while (open != SIZE_MAX && (open = str_find_byte(str_sub(subject, at + 1, subject.len), '[')) != SIZE_MAX)
		at += open + 1;
	if (at == SIZE_MAX || !str_take_back(&subject, STR("]")))
		return;
	subject = str_sub(subject, at + 1, subject.len);
	if (subject.len < sizeof(c->pid) && str_number(subject, INT32_MAX, &number) == ERR_OK)
		(void)!str_copy(subject, c->pid, sizeof(c->pid));
}

/* Devices cut what an incident is about, and show control bytes as '?': such a path may be that of another file. */
static bool is_whole(struct str path)
{
	return path.len < SUBJECT_BYTES && str_find_byte(path, '?') == SIZE_MAX;
}

static void take_tags(struct playbook_case_file *c, json_t *list, struct playbook_case *part)
{
	size_t i;
	json_t *one;

	part->tags = c->tags + c->tag_count;
	json_array_foreach(list, i, one)
	{
		if (c->tag_count == PLAYBOOK_CASE_TAGS_MAX)
			return;
		c->tags[c->tag_count++] = (struct str){json_string_value(one), json_string_length(one)};
		part->tag_count++;
	}
}

static void add_part(struct playbook_case_file *c, json_t *of, const char *level)
{
	struct playbook_case *part = &c->parts[c->part_count];

	if (c->part_count == PLAYBOOK_CASE_PARTS_MAX)
		return;
	memset(part, 0, sizeof(*part));
	part->rule = text_of(of, "rule");
	part->level = level_of(of, level);
	take_tags(c, json_object_get(of, "tags"), part);
	part->fields[PLAYBOOK_ADDR] = text_of(c->incident, "src");
	part->fields[PLAYBOOK_ACCOUNT] = str_from(c->account);
	part->fields[PLAYBOOK_PID] = str_from(c->pid);
	part->fields[PLAYBOOK_PATH] = c->path;
	c->part_count++;
}

int playbook_case_read(struct playbook_case_file *c, json_t *incident, const char *name)
{
	json_t *timeline = json_object_get(incident, "timeline"), *one;
	struct str kind, subject;
	size_t i;

	memset(c, 0, sizeof(*c));
	c->incident = incident;
	if (!json_is_object(incident) || !json_is_string(json_object_get(incident, "rule"))) {
		playbook_case_free(c);
		return opts_failed(COMMAND_FAILED,
				   "%s: is no incident: it has no \"rule\"; take what 'incident show ID --json' prints",
				   name);
	}
	kind = text_of(incident, "subject_kind");
	subject = text_of(incident, "subject");
	(void)!str_copy(str_equal(kind, STR("account")) ? subject : text_of(incident, "user"), c->account,
			sizeof(c->account));
	if (str_equal(kind, STR("process")))
		take_pid(c, subject);
	if (str_equal(kind, STR("file")) && is_whole(subject))
		c->path = subject;
	add_part(c, incident, "severity");
	json_array_foreach(timeline, i, one) add_part(c, one, "level");
	return OPTS_GO_ON;
}

int playbook_case_load(struct playbook_case_file *c, const char *file)
{
	json_t *incident = playbook_files_json(file);

	return incident ? playbook_case_read(c, incident, file) : COMMAND_FAILED;
}

/* The place of an input; -1: it has none of that name. */
static int input_of(const struct playbook *p, struct str name)
{
	for (unsigned i = 0; i < p->input_count; i++)
		if (str_equal(name, str_from(p->inputs[i].name)))
			return (int)i;
	return -1;
}

int playbook_case_set(struct playbook_case_file *c, const struct playbook *p, const struct opts_list *words)
{
	if (c->part_count == 0)
		c->part_count = 1;
	for (unsigned i = 0; i < words->count; i++) {
		struct str value = str_from(words->items[i]);
		bool assigns = str_find_byte(value, '=') != SIZE_MAX;
		struct str name = str_cut(&value, '=');
		int input = input_of(p, name);

		if (!assigns || input < 0)
			return opts_failed(COMMAND_USAGE,
					   "--set %s: is to be NAME=VALUE, with the name of an input of %s",
					   words->items[i], p->name);
		for (unsigned part = 0; part < c->part_count; part++)
			c->parts[part].inputs[input] = value;
	}
	return OPTS_GO_ON;
}

void playbook_case_free(struct playbook_case_file *c)
{
	json_decref(c->incident);
	c->incident = NULL;
}
