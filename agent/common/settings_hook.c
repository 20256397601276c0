/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what the settings declare of programs that the guard may run. Never looks whether there is such a program; who
 * runs it does.
 */
#include "agent/common/settings_hook.h"

#include "agent/base/require.h"
#include "agent/common/settings_value.h"
#include "proto/verb.h"
#include "proto/verb_text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TIME_S 10u
#define TIME_MAX_S 300u
#define MEMORY (64u << 20)
#define MEMORY_MIN (1u << 20)
#define MEMORY_MAX (1u << 30)
#define OUTPUT 4096u
#define OUTPUT_MAX (1u << 20)

_Static_assert(SETTINGS_HOOKS_MAX == 8 && SETTINGS_CREDENTIALS_MAX == 4, "messages state these limits");

/* What is declared under one kind of section. */
struct family {
	const char *section;
	size_t rows, count; /* where they are in struct settings */
	unsigned max;
	bool built, has_arguments;
	const char *unbuilt, *full, *keys;
};

static const struct family families[] = {
	{"hook", offsetof(struct settings, hooks), offsetof(struct settings, hook_count), SETTINGS_HOOKS_MAX,
	 IS_ENABLED(CONFIG_ACTION_HOOK), true, "is not for this build, which has no ACTION_HOOK",
	 "does not fit: there are more than 8 hooks",
	 "there is no such key; there are program, arguments, time, memory and output"},
	{"credential", offsetof(struct settings, credentials), offsetof(struct settings, credential_count),
	 SETTINGS_CREDENTIALS_MAX, IS_ENABLED(CONFIG_RESET_PROGRAMS), false,
	 "is not for this build, which lacks ACTION_HOOK or ACTION_RESET",
	 "does not fit: there are more than 4 credentials",
	 "there is no such key; there are program, time, memory and output"},
};

/* One section: its kind and its name. */
struct heading {
	const struct family *family;
	struct str name;
};

static bool read_heading(struct str section, struct heading *out)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct str rest = section;

		if (!str_take(&rest, str_from(families[i].section)) || !str_take(&rest, STR(" ")))
			continue;
		*out = (struct heading){&families[i], str_trim(rest)};
		return true;
	}
	return false;
}

static enum err refuse(struct ini_error *error, const struct heading *h, const char *what, const char *why)
{
	char shown[VERB_NAME_MAX + 1];

	str_show(h->name, shown, sizeof(shown));
	snprintf(error->text, sizeof(error->text), "[%s %s] %s%s", h->family->section, shown, what, why);
	return ERR_INVALID;
}

static const struct settings_hook *rows_of(const struct settings *s, const struct family *f, unsigned *count)
{
	*count = *(const unsigned *)(const void *)((const char *)s + f->count);
	return (const struct settings_hook *)(const void *)((const char *)s + f->rows);
}

static const struct settings_hook *find(const struct settings *s, const struct family *f, const char *name)
{
	unsigned count;
	const struct settings_hook *list = rows_of(s, f, &count);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

/* Names of parameters that blanks or commas separate. What does not fit is in *wrong. */
static bool read_arguments(struct settings_hook *h, struct str value, struct str *wrong)
{
	unsigned count = 0;

	for (size_t at = 0, len; at < value.len; at += len + 1) {
		for (len = 0; at + len < value.len && strchr(" \t,", value.data[at + len]) == NULL; len++)
			continue;
		const struct verb_param *p = verb_param_find(*wrong = str_sub(value, at, len));

		if (len == 0)
			continue;
		if (!p || p->tag == VERB_NAME || !verb_takes(VERB_HOOK, p->tag) || count == SETTINGS_HOOK_ARGUMENTS_MAX)
			return false;
		for (unsigned i = 0; i < count; i++)
			if (h->arguments[i] == p->tag)
				return false;
		h->arguments[count++] = p->tag;
	}
	h->argument_count = count;
	return true;
}

static const struct key_row {
	const char *key;
	enum err (*read)(struct settings_value *v);
	uint16_t offset, size; /* in struct settings_hook */
	uint32_t min, max;
} rows[] = {
	{"program", settings_value_path, offsetof(struct settings_hook, program), SETTINGS_PATH_MAX, 0, 0},
	{"time", settings_value_seconds, offsetof(struct settings_hook, time_s), 4, 1, TIME_MAX_S},
	{"memory", settings_value_bytes, offsetof(struct settings_hook, memory), 4, MEMORY_MIN, MEMORY_MAX},
	{"output", settings_value_bytes, offsetof(struct settings_hook, output), 4, 0, OUTPUT_MAX},
};

/* The row of a name, a new one if there is none; NULL: there is no room. */
static struct settings_hook *row_of(struct settings *s, const struct family *f, const char *name)
{
	struct settings_hook *list = (struct settings_hook *)(void *)((char *)s + f->rows);
	unsigned *count = (unsigned *)(void *)((char *)s + f->count);
	const struct settings_hook *there = find(s, f, name);

	if (there)
		return &list[there - list];
	if (*count == f->max)
		return NULL;
	struct settings_hook *h = &list[(*count)++];

	*h = (struct settings_hook){.time_s = TIME_S, .memory = MEMORY, .output = OUTPUT};
	memcpy(h->name, name, VERB_NAME_MAX);
	return h;
}

bool settings_hook_is(struct str section)
{
	struct heading heading;

	return read_heading(section, &heading);
}

static enum err read_value(struct settings_hook *h, const struct heading *heading, const struct ini_pair *pair,
			   struct ini_error *error)
{
	char what[80];

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings_value v = {pair->value,
					   (char *)h + rows[i].offset,
					   rows[i].size,
					   NULL,
					   NULL,
					   NULL,
					   rows[i].min,
					   rows[i].max,
					   ""};

		if (!str_equal(pair->key, str_from(rows[i].key)))
			continue;
		if (rows[i].read(&v) == ERR_OK)
			return ERR_OK;
		snprintf(what, sizeof(what), "%s: ", rows[i].key);
		return refuse(error, heading, what, v.why);
	}
	return refuse(error, heading, heading->family->keys, "");
}

enum err settings_hook_read(struct settings *s, struct str section, const struct ini_pair *pair,
			    struct ini_error *error)
{
	char name[VERB_NAME_MAX] = "", what[80];
	struct str wrong = pair->value;
	struct heading heading;

	require(read_heading(section, &heading));
	if (!heading.family->built)
		return refuse(error, &heading, heading.family->unbuilt, "");
	if (str_copy(heading.name, name, sizeof(name)) != ERR_OK || !verb_text_valid(VERB_TYPE_NAME, name))
		return refuse(error, &heading, verb_text_rule(VERB_TYPE_NAME), "");
	struct settings_hook *h = row_of(s, heading.family, name);

	if (!h)
		return refuse(error, &heading, heading.family->full, "");
	if (!heading.family->has_arguments || !str_equal(pair->key, STR("arguments")))
		return read_value(h, &heading, pair, error);
	if (read_arguments(h, pair->value, &wrong))
		return ERR_OK;
	str_show(wrong, what, sizeof(what) - 16);
	return refuse(error, &heading, "arguments: only addr and account, each once: ", what);
}

enum err settings_hook_check(const struct settings *s, struct ini_error *error)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		unsigned count;
		const struct settings_hook *list = rows_of(s, &families[i], &count);

		for (unsigned j = 0; j < count; j++) {
			const struct heading heading = {&families[i], str_from(list[j].name)};

			if (list[j].program[0] == '\0')
				return refuse(error, &heading, "names no program: set program", "");
		}
	}
	return ERR_OK;
}

const struct settings_hook *settings_hook_find(const struct settings *s, const char *name)
{
	return find(s, &families[0], name);
}

const struct settings_hook *settings_hook_credential(const struct settings *s, const char *name)
{
	return find(s, &families[1], name);
}

static void put(struct buf *b, const struct family *f, const struct settings_hook *h)
{
	buf_printf(b, "\n[%s %s]\nprogram = %s\n", f->section, h->name, h->program);
	if (f->has_arguments) {
		buf_text(b, "arguments =");
		for (unsigned i = 0; i < h->argument_count; i++)
			buf_printf(b, " %s", verb_param(h->arguments[i])->name);
		buf_char(b, '\n');
	}
	buf_printf(b, "time = %us\nmemory = %u\noutput = %u\n", (unsigned)h->time_s, (unsigned)h->memory,
		   (unsigned)h->output);
}

void settings_hook_text(struct buf *b, const struct settings *s)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		unsigned count;
		const struct settings_hook *list = rows_of(s, &families[i], &count);

		for (unsigned j = 0; j < count; j++)
			put(b, &families[i], &list[j]);
	}
}
