/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an event of each session that begins or ends, by the records of wtmp or the files of systemd-logind, and of
 * each log-in that btmp says was refused.
 */
#include "agent/common/lookout_sample.h"
#include "agent/sensors/sensors.h"
#include "agent/sensors/session/session_table.h"
#include "agent/sensors/session/session_utmp.h"

#include <string.h>

struct state {
	uint64_t begun, ended, refused, damaged;
	struct lookout_session_state known_by; /* version 0: nothing was said yet */
	struct session_table table;
};

/* What one sample is decoded with. */
struct input_of {
	struct state *s;
	struct str bytes;
	bool known;
	const struct sensors_sink *sink;
};

static void tell(const struct input_of *in, const struct session_event *e)
{
	struct event event;

	memset(&event, 0, sizeof(event));
	event.kind = EVENT_SESSION;
	event.severity = e->action == SESSION_REFUSED ? SEV_LOW : SEV_INFO;
	event.count = 1;
	event.session = *e;
	in->sink->emit(in->sink->context, &event);
}

static void begins(const struct input_of *in, struct str key, struct session_event *e)
{
	e->action = SESSION_BEGIN;
	session_table_add(&in->s->table, key, e);
	if (in->known)
		return;
	in->s->begun++;
	tell(in, e);
}

/* One that is not known was no session: a getty's, say. */
static void ends(const struct input_of *in, uint8_t source, struct str key)
{
	struct session_row *row = session_table_find(&in->s->table, source, key);
	struct session_event e;

	if (!row)
		return;
	session_table_event(row, &e);
	e.action = SESSION_END;
	in->s->ended++;
	tell(in, &e);
	row->used = false;
}

/* A host is an address in most records. */
static void set_host(struct session_event *e, struct str host)
{
	if (addr_parse(host, &e->src) != ERR_OK)
		e->host = host;
}

static void record(const struct input_of *in, bool refused)
{
	struct session_event e = {.source = SESSION_SOURCE_WTMP};
	struct session_utmp u;

	if (!session_utmp_read(in->bytes, &u)) {
		in->s->damaged++;
		return;
	}
	if (!refused && u.type == SESSION_UTMP_DEAD)
		ends(in, SESSION_SOURCE_WTMP, u.line);
	if (!refused && (u.type != SESSION_UTMP_USER || str_empty(u.user)))
		return;
	e.user = u.user;
	e.tty = u.line;
	e.pid = u.pid;
	set_host(&e, u.host);
	if (u.src.family)
		e.src = u.src;
	if (!refused) {
		begins(in, u.line, &e);
		return;
	}
	e.action = SESSION_REFUSED;
	in->s->refused++;
	tell(in, &e);
}

static void set_value(struct session_event *e, struct str key, struct str value)
{
	uint64_t number;

	if (str_equal(key, STR("USER")))
		e->user = value;
	else if (str_equal(key, STR("TTY")))
		e->tty = value;
	else if (str_equal(key, STR("SERVICE")))
		e->service = value;
	else if (str_equal(key, STR("REMOTE_HOST")))
		set_host(e, value);
	else if (str_equal(key, STR("LEADER")) && str_number(value, UINT32_MAX, &number) == ERR_OK)
		e->pid = (uint32_t)number;
}

/*
 * Sessions of services (cron's are "background", the user's manager is "manager") are none of somebody's. sshd opens a
 * terminal after the session has begun: logind hears of it from utmp and writes its file anew.
 */
static void logind(const struct input_of *in)
{
	struct session_row *row;
	struct session_event e = {.source = SESSION_SOURCE_LOGIND};
	struct str rest = in->bytes, name = str_cut(&rest, '\0');
	bool user = false, closing = false;

	while (!str_empty(rest)) {
		struct str value = str_cut(&rest, '\n'), key = str_cut(&value, '=');

		user |= str_equal(key, STR("CLASS")) && str_starts(value, STR("user"));
		closing |= str_equal(key, STR("STATE")) && str_equal(value, STR("closing"));
		set_value(&e, key, value);
	}
	row = session_table_find(&in->s->table, SESSION_SOURCE_LOGIND, name);
	if (row)
		session_table_set_tty(row, e.tty);
	if (closing)
		ends(in, SESSION_SOURCE_LOGIND, name);
	if (row || closing || !user || str_empty(name) || str_empty(e.user))
		return;
	e.id = name;
	begins(in, name, &e);
}

static void knows(struct state *s, struct str bytes)
{
	if (bytes.len == sizeof(s->known_by))
		memcpy(&s->known_by, bytes.data, sizeof(s->known_by));
	else
		s->damaged++;
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct lookout_session h;
	struct input_of in = {s, str_sub(bytes, sizeof(h), SIZE_MAX), false, sink};

	(void)now;
	if (bytes.len <= sizeof(h) || bytes.data[0] != LOOKOUT_SAMPLE_VERSION) {
		s->damaged++;
		return;
	}
	memcpy(&h, bytes.data, sizeof(h));
	in.known = h.known;
	switch (h.kind) {
	case LOOKOUT_SESSION_RECORD: record(&in, false); break;
	case LOOKOUT_SESSION_REFUSED: record(&in, true); break;
	case LOOKOUT_SESSION_LOGIND: logind(&in); break;
	case LOOKOUT_SESSION_GONE: ends(&in, SESSION_SOURCE_LOGIND, in.bytes); break;
	case LOOKOUT_SESSION_STATE: knows(s, in.bytes); break;
	default: s->damaged++; break;
	}
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"session_begun", s->begun};
	out[1] = (struct sensors_counter){"session_ended", s->ended};
	out[2] = (struct sensors_counter){"session_refused", s->refused};
	out[3] = (struct sensors_counter){"session_unseen", s->table.unseen};
	out[4] = (struct sensors_counter){"session_lost", s->known_by.lost};
	out[5] = (struct sensors_counter){"session_damaged", s->damaged};
	return 6;
}

static const char *problem(const void *state)
{
	const struct state *s = state;

	if (s->known_by.version == 0 || s->known_by.by == SESSION_SOURCE_LOGIND)
		return NULL;
	/* Debian 13: an SQLite file. A wtmp that is there is left from before. */
	if (s->known_by.database)
		return "sessions are not seen: log-ins are recorded by wtmpdb, whose database the guard does not read, "
		       "and "
		       "there is no systemd-logind";
	if (s->known_by.by != SESSION_SOURCE_NONE)
		return NULL;
	return "sessions are not seen: there is neither systemd-logind nor /var/log/wtmp";
}

static bool row(const void *state, uint32_t number, struct event *out)
{
	const struct state *s = state;

	for (unsigned i = 0; i < SESSION_TABLE_MAX; i++) {
		if (!s->table.rows[i].used || number-- > 0)
			continue;
		memset(out, 0, sizeof(*out));
		out->kind = EVENT_SESSION;
		out->count = 1;
		session_table_event(&s->table.rows[i], &out->session);
		return true;
	}
	return false;
}

static const char *off(const struct settings *settings)
{
	return settings->sessions ? NULL : "sessions are not watched: set enabled = yes in [sessions] of caltrop.conf";
}

const struct sensors_row session_sensor_row = {
	.name = "session",
	.section = "sessions",
	.source = SENSORS_SOURCE_SESSION,
	.kinds = 1u << EVENT_SESSION,
	.size = sizeof(struct state),
	.decode = decode,
	.off = off,
	.counters = counters,
	.problem = problem,
	.tables = {{"sessions", row}},
};
