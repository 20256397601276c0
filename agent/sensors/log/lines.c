/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts bytes into lines, for the sources and the command line. Never allocates. */
#include "agent/sensors/log/lines.h"

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

/* Take the next `len` bytes of the piece, and the `more` bytes behind them that are not wanted. */
static inline struct str take(struct lines *l, size_t len, size_t more)
{
	struct str head = {l->piece.data, len};

	l->piece.data += len + more;
	l->piece.len -= len + more;
	return head;
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

bool lines_next(struct lines *l, struct str *line)
{
	if (l->drop_kept) {
		l->drop_kept = false;
		l->len = 0;
	}
	while (l->piece.len) {
		const char *end = memchr(l->piece.data, '\n', l->piece.len);

		if (!end) {
			keep(l, take(l, l->piece.len, 0));
			return false;
		}
		struct str found = take(l, (size_t)(end - l->piece.data), 1);

		if (!l->skipping && l->len == 0 && found.len <= l->cap) {
			*line = found;
			l->count++;
			return true;
		}
		keep(l, found);
		if (!l->skipping)
			return hand_out(l, line);
		l->skipping = false;
		l->count++;
		*line = (struct str){lost, sizeof(lost)};
		return true;
	}
	return false;
}

bool lines_is_lost(struct str line)
{
	return line.len == sizeof(lost) && line.data[0] == lost[0];
}

bool lines_last(struct lines *l, struct str *line)
{
	l->count += l->skipping;
	l->skipping = false;
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
