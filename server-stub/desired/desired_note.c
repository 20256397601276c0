/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a group's file, in the order of its places. */
#include "server-stub/desired/desired_inner.h"

#include <stdarg.h>
#include <stdio.h>

static struct desired_mistake *fresh(struct desired_reader *r, unsigned line, unsigned column)
{
	struct desired_mistakes *m = r->mistakes;
	unsigned i = m->count;

	if (m->count == DESIRED_MISTAKES_MAX)
		return NULL;
	m->count++;
	/* By their place. */
	for (; i > 0 && (m->list[i - 1].line > line || (m->list[i - 1].line == line && m->list[i - 1].column > column));
	     i--)
		m->list[i] = m->list[i - 1];
	m->list[i] = (struct desired_mistake){.line = line, .column = column};
	return &m->list[i];
}

bool desired_note(struct desired_reader *r, const struct doc *at, const char *format, ...)
{
	struct desired_mistake *m = fresh(r, at ? at->line : 0, at ? at->column : 0);
	va_list args;

	va_start(args, format);
	if (m)
		vsnprintf(m->why, sizeof(m->why), format, args);
	va_end(args);
	return false;
}

bool desired_note_key(struct desired_reader *r, const struct doc *at, const char *format, ...)
{
	struct desired_mistake *m = fresh(r, at->key_line, at->key_column);
	va_list args;
	int len = 0;

	va_start(args, format);
	if (m)
		len = snprintf(m->why, sizeof(m->why), "%.*s: ", (int)(at->key.len < 60 ? at->key.len : 60),
			       at->key.data);
	if (m)
		vsnprintf(m->why + len, sizeof(m->why) - (size_t)len, format, args);
	va_end(args);
	return false;
}
