/* SPDX-License-Identifier: Apache-2.0 */
/* All kinds of events, one row each. */
#include "agent/event/kinds.h"

const struct event_row *const kinds_rows[EVENT_KINDS] = {
	[EVENT_AUTH] = &auth_row,
	[EVENT_PROCESS] = &process_row,
	[EVENT_CONNECTION] = &connection_row,
	[EVENT_LISTENER] = &listener_row,
};

const struct event_row *kinds_find(struct str name)
{
	for (unsigned i = 0; i < EVENT_KINDS; i++)
		if (str_equal(name, str_from(kinds_rows[i]->name)))
			return kinds_rows[i];
	return NULL;
}
