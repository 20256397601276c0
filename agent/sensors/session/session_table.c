/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps sessions. Never decides what one is. */
#include "agent/sensors/session/session_table.h"

#include "agent/sensors/path.h"

#include <string.h>

struct session_row *session_table_find(struct session_table *t, uint8_t source, struct str key)
{
	for (unsigned i = 0; i < SESSION_TABLE_MAX; i++) {
		struct session_row *row = &t->rows[i];

		if (row->used && row->source == source && str_equal((struct str){row->key, row->key_len}, key))
			return row;
	}
	return NULL;
}

void session_table_add(struct session_table *t, struct str key, const struct session_event *e)
{
	struct session_row *row = session_table_find(t, e->source, key);

	for (unsigned i = 0; !row && i < SESSION_TABLE_MAX; i++)
		if (!t->rows[i].used)
			row = &t->rows[i];
	if (!row || key.len > sizeof(row->key)) {
		t->unseen++;
		return;
	}
	memset(row, 0, sizeof(*row));
	row->used = true;
	row->source = e->source;
	row->pid = e->pid;
	row->src = e->src;
	row->key_len = path_keep_begin(row->key, sizeof(row->key), key);
	row->user_len = path_keep_begin(row->user, sizeof(row->user), e->user);
	row->tty_len = path_keep_begin(row->tty, sizeof(row->tty), e->tty);
	row->host_len = path_keep_begin(row->host, sizeof(row->host), e->host);
	row->service_len = path_keep_begin(row->service, sizeof(row->service), e->service);
}

void session_table_set_tty(struct session_row *row, struct str tty)
{
	if (!str_empty(tty))
		row->tty_len = path_keep_begin(row->tty, sizeof(row->tty), tty);
}

void session_table_event(const struct session_row *row, struct session_event *out)
{
	*out = (struct session_event){.source = row->source,
				      .pid = row->pid,
				      .src = row->src,
				      .user = {row->user, row->user_len},
				      .tty = {row->tty, row->tty_len},
				      .host = {row->host, row->host_len},
				      .service = {row->service, row->service_len}};
	if (row->source == SESSION_SOURCE_LOGIND)
		out->id = (struct str){row->key, row->key_len};
}
