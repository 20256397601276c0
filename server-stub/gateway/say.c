/* SPDX-License-Identifier: Apache-2.0 */
/* Prints log lines. They have no time; what collects standard error adds it. */
#include "server-stub/gateway/say.h"

#include "agent/base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static void put_line(const char *format, va_list args)
{
	static const char head[] = "caltrop-server: ";
	char line[LINE_MAX_BYTES];
	int len = snprintf(line, sizeof(line), "%s", head);
	int more = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);

	len += more < 0 ? 0 : more;
	if ((size_t)len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	for (int i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	/* One write, so that lines of several threads do not mix. Nobody to tell when it fails. */
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(format, args);
	va_end(args);
}

void say_limited(struct say_limit *limit, const char *format, ...)
{
	int64_t minute = clock_mono_us() / MINUTE_US;
	va_list args;

	if (minute != limit->minute) {
		if (limit->left_out > 0)
			say("(%u more lines like the last ones were left out)", limit->left_out);
		limit->minute = minute;
		limit->said = limit->left_out = 0;
	}
	if (limit->said >= limit->per_minute) {
		limit->left_out++;
		return;
	}
	limit->said++;
	va_start(args, format);
	put_line(format, args);
	va_end(args);
}
