/* SPDX-License-Identifier: Apache-2.0 */
/* Notes what is wrong with a policy while it is read. */
#include "server-stub/filter/draft_inner.h"

#include <stdarg.h>
#include <stdio.h>

const char *draft_note_shown(struct str text)
{
	static char shown[61];

	str_show(text, shown, sizeof(shown));
	return shown;
}

struct place {
	unsigned line, column;
};

static void note(struct draft *d, struct place place, const char *format, va_list args)
{
	struct draft_mistakes *m = d->mistakes;
	struct draft_mistake *one = &m->list[m->count];

	if (m->count == DRAFT_MISTAKES_MAX) {
		m->more = true;
		return;
	}
	one->line = place.line;
	one->column = place.column;
	vsnprintf(one->why, sizeof(one->why), format, args);
	m->count++;
}

bool draft_note(struct draft *d, const struct doc *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(d, (struct place){at->line, at->column}, format, args);
	va_end(args);
	return false;
}

bool draft_note_key(struct draft *d, const struct doc *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(d, (struct place){at->key_line, at->key_column}, format, args);
	va_end(args);
	return false;
}
