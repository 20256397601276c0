/* SPDX-License-Identifier: Apache-2.0 */
/* Writes lines to standard error. A reader that does not read must not stop a guard or a service, so none is waited
 * for. */
#include "agent/base/say.h"

#include "agent/base/clock.h"
#include "agent/base/numbers.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *program = "caltrop";
static bool to_journal;
static atomic_int least_level = SAY_INFO;

void say_open(const char *name)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uint64_t ids[2]; /* device, inode */
	struct stat st;

	program = name;
	to_journal = stream && numbers_read(stream, ':', ids, 2) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
		     st.st_dev == ids[0] && st.st_ino == ids[1];
}

void say_set_level(enum say_level least)
{
	atomic_store(&least_level, (int)least);
}

bool say_would(enum say_level level)
{
	return (int)level <= atomic_load(&least_level);
}

static int put_head(enum say_level level, char *line, size_t size)
{
	if (to_journal)
		return snprintf(line, size, "<%d>%s: ", (int)level, program);
	return snprintf(line, size, "%s: %s", program,
			level == SAY_ERR       ? "error: "
			: level == SAY_WARNING ? "warning: "
					       : "");
}

void say_list(enum say_level level, const char *format, va_list args)
{
	char line[LINE_MAX_BYTES];
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	int len, more;

	if (!say_would(level))
		return;
	len = put_head(level, line, sizeof(line));
	more = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, args);
	len += more < 0 ? 0 : more;
	if ((size_t)len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	for (int i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	/* One write, so that lines of several threads do not mix. Nobody to tell when it fails. */
	if (poll(&out, 1, 0) == 1 && write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

void say(enum say_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(level, format, args);
	va_end(args);
}

void say_limited(struct say_limit *limit, enum say_level level, const char *format, ...)
{
	int64_t minute = clock_mono_us() / MINUTE_US;
	va_list args;

	if (!say_would(level))
		return;
	if (minute != limit->minute) {
		if (limit->left_out > 0)
			say(level, "(%u more lines like the last ones were left out)", limit->left_out);
		limit->minute = minute;
		limit->said = limit->left_out = 0;
	}
	if (limit->said >= limit->per_minute) {
		limit->left_out++;
		return;
	}
	limit->said++;
	va_start(args, format);
	say_list(level, format, args);
	va_end(args);
}
