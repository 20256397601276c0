/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets of bits/utmp.h, the same in both layouts up to the session's number. */
#include "agent/sensors/session/session_utmp.h"

#include <string.h>

#define AT_TYPE 0u
#define AT_PID 4u
#define AT_LINE 8u
#define AT_USER 44u
#define AT_HOST 76u
#define LINE_BYTES 32u
#define USER_BYTES 32u
#define HOST_BYTES 256u
#define ADDR_SHORT 348u /* ut_addr_v6: behind session, seconds and microseconds of 4 bytes each */
#define ADDR_LONG 360u	/* or of 8 bytes each */

static struct str text(struct str record, size_t from, size_t size)
{
	struct str field = str_sub(record, from, size);

	field.len = strnlen(field.data, field.len);
	return field;
}

/* An IPv4 address is the first of four numbers, and the others are 0. */
static struct addr addr_of(const char *bytes)
{
	static const char none[16];

	if (memcmp(bytes, none, 16) == 0)
		return (struct addr){0};
	return addr_wire(memcmp(bytes + 4, none, 12) == 0 ? 4 : 6, bytes);
}

bool session_utmp_read(struct str record, struct session_utmp *out)
{
	if (record.len != SESSION_UTMP_SHORT && record.len != SESSION_UTMP_LONG)
		return false;
	memcpy(&out->type, record.data + AT_TYPE, sizeof(out->type));
	memcpy(&out->pid, record.data + AT_PID, sizeof(out->pid));
	out->line = text(record, AT_LINE, LINE_BYTES);
	out->user = text(record, AT_USER, USER_BYTES);
	out->host = text(record, AT_HOST, HOST_BYTES);
	out->src = addr_of(record.data + (record.len == SESSION_UTMP_SHORT ? ADDR_SHORT : ADDR_LONG));
	return true;
}
