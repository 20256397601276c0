/* SPDX-License-Identifier: Apache-2.0 */
/* What all parts of the compiler ask of rules: where one is, and to note what is wrong with it. */
#include "server-stub/sigma/compile.h"

#include <stdarg.h>
#include <stdio.h>

bool compile_wrong(struct compile_rule *r, unsigned line, const char *format, ...)
{
	va_list args;

	if (r->error.why[0])
		return false;
	r->error.line = line;
	va_start(args, format);
	vsnprintf(r->error.why, sizeof(r->error.why), format, args);
	va_end(args);
	return false;
}

struct compile_rule *compile_find(const struct compile *c, struct str name)
{
	for (struct compile_rule *r = c->first; r; r = r->next)
		if (r->kind != COMPILE_FILTER && name.len &&
		    (str_equal(r->about.id, name) || (r->name.len && str_equal(r->name, name))))
			return r;
	return NULL;
}

bool compile_span(const struct doc *d, uint32_t *seconds)
{
	static const struct {
		const char *unit;
		uint32_t seconds;
	} units[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 7 * 86400}};
	uint64_t number;

	for (unsigned i = 0; d && d->kind == DOC_TEXT && i < sizeof(units) / sizeof(units[0]); i++) {
		struct str digits = d->text;

		if (str_take_back(&digits, str_from(units[i].unit)) &&
		    str_number(digits, COMPILE_TIMESPAN_MAX / units[i].seconds, &number) == ERR_OK) {
			*seconds = (uint32_t)number * units[i].seconds;
			return true;
		}
	}
	return false;
}
