/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the sentences about the shell's problems. Never reads what they say. */
#include "agent/source/health.h"

#include "agent/source/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void health_set(struct health *h, unsigned slot, const char *format, ...)
{
	char text[sizeof(h->texts[0])] = "";
	va_list args;

	if (format) {
		va_start(args, format);
		vsnprintf(text, sizeof(text), format, args);
		va_end(args);
	}
	if (strcmp(text, h->texts[slot]) == 0)
		return;
	if (text[0])
		log_line(SEV_MEDIUM, "%s", text);
	memcpy(h->texts[slot], text, sizeof(text));
	h->changed = true;
}

void health_fill(const struct health *h, struct core_shell_health *out)
{
	out->problem_count = 0;
	for (unsigned i = 0; i < HEALTH_SLOTS && out->problem_count < CORE_PROBLEMS_MAX; i++) {
		if (h->texts[i][0])
			out->problems[out->problem_count++] = h->texts[i];
	}
}

void health_count(struct core_shell_health *out, const char *name, uint64_t value)
{
	if (out->counter_count == CORE_COUNTERS_MAX)
		return;
	out->counters[out->counter_count].name = name;
	out->counters[out->counter_count++].value = value;
}
