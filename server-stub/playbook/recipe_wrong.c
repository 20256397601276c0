/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what is wrong with a playbook, and where. */
#include "server-stub/playbook/recipe_inner.h"

#include "agent/base/str.h"

#include <stdarg.h>
#include <stdio.h>

void recipe_note(struct recipe_mistakes *m, unsigned line, unsigned column, const char *why)
{
	struct recipe_mistake *one = &m->list[m->count];

	if (m->count == RECIPE_MISTAKES_MAX)
		return;
	one->line = line;
	one->column = column;
	str_show(str_from(why), one->why, sizeof(one->why));
	m->count++;
}

bool recipe_wrong(struct recipe *r, const struct doc *at, const char *format, ...)
{
	char why[RECIPE_WHY_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	recipe_note(r->mistakes, at->line, at->column, why);
	return false;
}

bool recipe_wrong_key(struct recipe *r, const struct doc *at, const char *format, ...)
{
	char why[RECIPE_WHY_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	recipe_note(r->mistakes, at->key_line ? at->key_line : at->line, at->key_line ? at->key_column : at->column,
		    why);
	return false;
}
