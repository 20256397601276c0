/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of events that there are. The row of each is in the file of its name. */
#pragma once

#include "agent/event/fields.h"

extern const struct event_row auth_row;
extern const struct event_row process_row;
extern const struct event_row connection_row;
extern const struct event_row listener_row;
extern const struct event_row packet_row;
extern const struct event_row file_row;
extern const struct event_row module_row;
extern const struct event_row peripheral_row;
extern const struct event_row session_row;
extern const struct event_row exposure_row;
extern const struct event_row account_row;

/* The rows of all kinds, by enum event_kind. */
extern const struct event_row *const kinds_rows[EVENT_KINDS];

/* The kind of that name, or of that category of Sigma's, in any case of ASCII letters; EVENT_KINDS: there is none. */
unsigned kinds_find(struct str name);
