/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of lines beside the incidents. It keeps bytes as they were logged and never looks into them. */
#include "agent/incident/evidence.h"

#include "agent/base/require.h"

#include <string.h>

void evidence_init(struct evidence *e, void *memory, uint32_t bytes)
{
	require(bytes >= EVIDENCE_LINE_MAX);
	memset(e, 0, sizeof(*e));
	e->ring = memory;
	e->bytes = bytes;
}

static uint32_t part_before_end(const struct evidence *e, uint64_t at, uint32_t len)
{
	uint32_t left = e->bytes - (uint32_t)(at % e->bytes);

	return len < left ? len : left;
}

void evidence_add(struct evidence *e, uint64_t group, struct str line)
{
	uint32_t len = (uint32_t)(line.len < EVIDENCE_LINE_MAX ? line.len : EVIDENCE_LINE_MAX);

	if (len == 0)
		return;
	uint32_t first = part_before_end(e, e->end, len);

	memcpy(e->ring + e->end % e->bytes, line.data, first);
	memcpy(e->ring, line.data + first, len - first);
	e->index[e->next].at = e->end;
	e->index[e->next].group = (uint32_t)group;
	e->index[e->next].len = len;
	e->next = (e->next + 1) % EVIDENCE_INDEX;
	e->end += len;
}

void evidence_quote(const struct evidence *e, uint64_t group, struct evidence_quote *out)
{
	unsigned found[EVIDENCE_LINES];
	unsigned count = 0;
	char *to = out->text;

	for (unsigned i = 1; i <= EVIDENCE_INDEX && count < EVIDENCE_LINES; i++) {
		unsigned at = (e->next + EVIDENCE_INDEX - i) % EVIDENCE_INDEX;

		if (e->index[at].len == 0 || e->end - e->index[at].at > e->bytes)
			break;
		if (e->index[at].group == (uint32_t)group)
			found[count++] = at;
	}
	for (out->count = 0; out->count < count; out->count++) {
		unsigned at = found[count - 1 - out->count];
		uint32_t len = e->index[at].len;
		uint32_t first = part_before_end(e, e->index[at].at, len);

		memcpy(to, e->ring + e->index[at].at % e->bytes, first);
		memcpy(to + first, e->ring, len - first);
		out->lines[out->count] = (struct str){to, len};
		to += len;
	}
}
