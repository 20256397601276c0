/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts bytes into lines, for the sources and the command line. Never allocates. */
#include "agent/sensors/log/lines.h"

#include "agent/base/rare.h"
#include "agent/base/require.h"

static const char lost[1] = {'\0'};

struct lines lines_over(void *memory, size_t cap)
{
	require(cap > 0);
	return (struct lines){.kept = memory, .cap = cap};
}

void lines_feed(struct lines *l, struct str piece)
{
	require(l->piece.len == 0);
	l->piece = piece;
}

/* Append to the incomplete line. When it becomes too long, drop it. */
static void keep(struct lines *l, struct str more)
{
	if (l->skipping)
		return;
	if (more.len > l->cap - l->len) {
		l->skipping = true;
		l->skipped++;
		l->len = 0;
		return;
	}
	if (more.len)
		memcpy(l->kept + l->len, more.data, more.len);
	l->len += more.len;
}

static bool hand_out(struct lines *l, struct str *line)
{
	*line = (struct str){l->kept, l->len};
	l->drop_kept = true;
	l->count++;
	return true;
}

/* A line that began in an earlier piece, or is too long for the memory. */
static RARE bool next_kept(struct lines *l, struct str found, struct str *line)
{
	keep(l, found);
	if (!l->skipping)
		return hand_out(l, line);
	l->skipping = false;
	l->count++;
	*line = (struct str){lost, sizeof(lost)};
	return true;
}

bool lines_next(struct lines *l, struct str *line)
{
	struct str piece = l->piece;

	if (l->drop_kept) {
		l->drop_kept = false;
		l->len = 0;
	}
	if (piece.len == 0)
		return false;
	const char *end = memchr(piece.data, '\n', piece.len);
	struct str found = {piece.data, end ? (size_t)(end - piece.data) : piece.len};

	l->piece = str_sub(piece, found.len + 1, SIZE_MAX);
	if (!end) {
		keep(l, found);
		return false;
	}
	if (l->skipping || l->len || found.len > l->cap)
		return next_kept(l, found, line);
	*line = found;
	l->count++;
	return true;
}

bool lines_is_lost(struct str line)
{
	return line.len == sizeof(lost) && line.data[0] == lost[0];
}

bool lines_last(struct lines *l, struct str *line)
{
	if (l->skipping)
		return next_kept(l, STR_NONE, line);
	if (l->drop_kept || l->len == 0)
		return false;
	return hand_out(l, line);
}

size_t lines_waiting(const struct lines *l)
{
	return l->drop_kept ? 0 : l->len;
}

void lines_reset(struct lines *l)
{
	l->piece = STR_NONE;
	l->len = 0;
	l->skipping = false;
	l->drop_kept = false;
}
