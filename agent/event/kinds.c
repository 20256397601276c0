/* SPDX-License-Identifier: Apache-2.0 */
/* All kinds of events, one row each. */
#include "agent/event/kinds.h"

const struct event_row *const kinds_rows[EVENT_KINDS] = {
	[EVENT_AUTH] = &auth_row,	  [EVENT_PROCESS] = &process_row,	[EVENT_CONNECTION] = &connection_row,
	[EVENT_LISTENER] = &listener_row, [EVENT_PACKET] = &packet_row,		[EVENT_FILE] = &file_row,
	[EVENT_MODULE] = &module_row,	  [EVENT_PERIPHERAL] = &peripheral_row, [EVENT_SESSION] = &session_row,
	[EVENT_EXPOSURE] = &exposure_row, [EVENT_ACCOUNT] = &account_row,
};

unsigned kinds_find(struct str name)
{
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		const struct event_row *row = kinds_rows[kind];

		if (str_equal_fold(name, str_from(row->name)) ||
		    (row->sigma && str_equal_fold(name, str_from(row->sigma))))
			return kind;
	}
	return EVENT_KINDS;
}
