/* SPDX-License-Identifier: Apache-2.0 */
/* How the doctor says what it found: for people, or a line of JSON each. */
#include "server-stub/shell/doctor.h"

#include <jansson.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 1024

static const char *const verdicts[] = {"ok", "warn", "FAIL"};
static const char *const verdicts_json[] = {"ok", "warn", "fail"};

void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	d->counts[verdict]++;
	if (!d->json) {
		printf("%-4s  %-8s %s\n", verdicts[verdict], d->check, text);
		return;
	}
	json_t *line = json_pack("{s:s, s:s, s:s}", "check", d->check, "verdict", verdicts_json[verdict], "text", text);
	char *written = line ? json_dumps(line, JSON_COMPACT) : NULL;

	printf("%s\n", written ? written : "{}");
	free(written);
	json_decref(line);
}
