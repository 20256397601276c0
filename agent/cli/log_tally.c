/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the lines of a log for the commands that read logs whole. Judges no line: the stream says what it knows. */
#include "agent/cli/log_tally.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"

#include <stdio.h>

void log_tally_line(struct log_tally *t, const struct stream *s, struct str line, bool found)
{
	if (line.len == 0)
		return;
	t->lines++;
	t->known += found || stream_knows(s, line);
}

void log_tally_time(struct log_tally *t, int64_t us)
{
	if (us == 0)
		return;
	if (t->first_us == 0 || us < t->first_us)
		t->first_us = us;
	if (us > t->last_us)
		t->last_us = us;
}

void log_tally_tell(const struct log_tally *t, const char *command, const char *name)
{
	char text[160];
	struct buf b = buf_over(text, sizeof(text));

	if (t->lines == 0)
		buf_text(&b, "is empty");
	else if (t->known == 0)
		buf_printf(&b, "%llu line%s, none has the form of a log that is known", (unsigned long long)t->lines,
			   t->lines == 1 ? "" : "s");
	else
		buf_printf(&b, "%llu line%s, %llu understood", (unsigned long long)t->lines, t->lines == 1 ? "" : "s",
			   (unsigned long long)t->known);
	if (t->known && t->first_us == 0)
		buf_text(&b, ", without a time");
	if (t->known && t->first_us) {
		buf_text(&b, ", ");
		clock_put_utc(&b, t->first_us);
		buf_text(&b, " to ");
		clock_put_utc(&b, t->last_us);
	}
	fprintf(stderr, "caltrop %s: %s: %.*s\n", command, name, (int)b.len, text);
}

bool log_tally_is_no_log(const struct log_tally *t)
{
	return t->lines > 0 && t->known == 0;
}
