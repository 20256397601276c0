/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions that there are: at most SESSION_TABLE_MAX; of one more the end has no user. Pure. */
#pragma once

#include "agent/base/addr.h"
#include "agent/event/session.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSION_TABLE_MAX 64u

struct session_row {
	bool used;
	uint8_t source; /* enum session_source */
	uint32_t pid;
	struct addr src;
	uint8_t key_len, user_len, tty_len, host_len, service_len;
	char key[32]; /* of wtmp the terminal, of logind the session's name */
	char user[32], tty[32], host[64], service[16];
};

struct session_table {
	uint64_t unseen; /* for which there was no room */
	struct session_row rows[SESSION_TABLE_MAX];
};

/* The session of that name; NULL: there is none. */
struct session_row *session_table_find(struct session_table *t, uint8_t source, struct str key);

/* Keep what an event says of a session that began. One of that name makes room for it. */
void session_table_add(struct session_table *t, struct str key, const struct session_event *e);

/* Keep the terminal that a session got, or got to be known, after it had begun; an empty one changes nothing. */
void session_table_set_tty(struct session_row *row, struct str tty);

/* What is kept, as an event: its texts lie in the row. */
void session_table_event(const struct session_row *row, struct session_event *out);
