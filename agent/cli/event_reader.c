/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lines and has each taken apart. Judges nothing. */
#include "agent/cli/event_reader.h"

#include "agent/sigma/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err event_reader_open(struct event_reader *r, const char *name, char why[EVENT_READER_WHY_MAX])
{
	*r = (struct event_reader){.now = malloc(sizeof(*r->now))};
	if (r->now)
		return log_reader_open(&r->file, name, why);
	snprintf(why, EVENT_READER_WHY_MAX, "cannot read %s: no memory", name);
	r->file.fd = -1;
	return ERR_NO_MEMORY;
}

void event_reader_close(struct event_reader *r)
{
	free(r->now);
	r->now = NULL;
	log_reader_close(&r->file);
}

static enum err refuse(const struct event_reader *r, const char *what, char why[EVENT_READER_WHY_MAX])
{
	snprintf(why, EVENT_READER_WHY_MAX, "%.*s:%llu: %s", LOG_READER_WHY_MAX / 2, r->file.name,
		 (unsigned long long)r->file.lines.count, what);
	return ERR_INVALID;
}

/* ERR_UNSUPPORTED: it is an event, and none of ours. */
static enum err take(struct event_reader *r, struct str line, char why[EVENT_READER_WHY_MAX])
{
	char what[RECORDED_WHY_MAX];
	struct moment m;
	enum err err = lines_is_lost(line) ? ERR_TOO_LONG : recorded_read(r->now, line, what);

	if (err == ERR_UNSUPPORTED)
		return err;
	if (err != ERR_OK)
		return refuse(r, err == ERR_TOO_LONG ? "has more than 65536 bytes" : what, why);
	if (r->now->time.data && moment_read(r->now->time, &m) != ERR_OK)
		return refuse(r, "has a time that is none", why);
	if (r->now->time.data)
		r->at_us = m.us;
	return ERR_OK;
}

enum err event_reader_next(struct event_reader *r, char why[EVENT_READER_WHY_MAX])
{
	struct str line;
	enum err err;

	while ((err = log_reader_next(&r->file, &line, why)) == ERR_OK) {
		line = str_trim(line);
		if (line.len == 0)
			continue;
		r->events++;
		err = take(r, line, why);
		if (err != ERR_UNSUPPORTED)
			return err;
		r->passed++;
	}
	return err;
}
