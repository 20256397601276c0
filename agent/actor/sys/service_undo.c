/* SPDX-License-Identifier: Apache-2.0 */
/* The record as bytes; see service_undo.h. */
#include "agent/actor/sys/service_undo.h"

#include "agent/base/view.h"

#include <string.h>

#define VERSION 1
#define RAN 1
#define ALONE 2

void service_undo_encode(struct buf *b, const struct service_undo *undo)
{
	buf_be8(b, VERSION);
	buf_be8(b, (uint8_t)((undo->ran ? RAN : 0) | (undo->alone ? ALONE : 0)));
	buf_bytes(b, undo->place, sizeof(undo->place));
	buf_be8(b, (uint8_t)undo->port_count);
	for (unsigned i = 0; i < undo->port_count; i++)
		buf_be16(b, undo->ports[i]);
}

enum err service_undo_decode(struct str bytes, struct service_undo *out)
{
	struct view v = view_over(bytes.data, bytes.len);
	bool good = view_be8(&v) == VERSION;
	uint8_t flags = view_be8(&v);

	memset(out, 0, sizeof(*out));
	out->ran = flags & RAN;
	out->alone = flags & ALONE;
	view_bytes(&v, out->place, sizeof(out->place));
	out->port_count = view_be8(&v);
	good = good && !(flags & ~(RAN | ALONE)) && out->port_count <= SERVICE_PORTS_MAX;
	for (unsigned i = 0; good && i < out->port_count; i++)
		out->ports[i] = view_be16(&v);
	return good && view_done(&v) == ERR_OK ? ERR_OK : ERR_INVALID;
}
