/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes at most one event of one line: takes the frame, finds the row and calls its decoder. Guard and command line
 * both use it, so `caltrop parse` shows what the guard would see in a log.
 */
#include "agent/sensors/log/sensor.h"

#include "agent/base/hex.h"
#include "agent/base/rare.h"
#include "agent/sensors/log/custom.h"
#include "agent/sensors/log/syslog.h"
#include "agent/sensors/log/table.h"

#define CONTAINER_ID 12 /* digits of a container's short id, the tag of Docker's syslog driver */

/* Clear the event field by field: compilers turn a memset() of this size into a slow string instruction. */
static USUAL void prepare(const struct sensor_line *l, struct event *out)
{
	struct auth_event *a = &out->auth;

	out->kind = EVENT_AUTH;
	out->quiet = out->alone = false;
	out->count = 1;
	out->stamp_us = l->stamp_us;
	out->line = l->line;
	a->service = SERVICE_NONE;
	a->outcome = AUTH_INFO;
	a->trace = TRACE_DAEMON;
	a->method = METHOD_NONE;
	a->reason = REASON_NONE;
	a->granted = a->shared = false;
	a->src_port = 0;
	a->pid = l->pid;
	a->conversation = 0;
	a->repeats = 0;
	a->src = (struct addr){0};
	a->src_host = STR_NONE;
	a->user = STR_NONE;
	a->request = STR_NONE;
	a->target = STR_NONE;
	a->service_name = STR_NONE;
}

/* What the stages behind the decoders ask of every kind of event. */
static void finish(struct event *e)
{
	const struct auth_event *a = &e->auth;

	e->severity = a->outcome == AUTH_PROBE ? SEV_INFO : SEV_LOW;
	e->alone = a->outcome == AUTH_SUCCESS;
	if (a->repeats > 1)
		e->count = a->repeats;
}

void sensor_prepare(struct str line, struct event *out)
{
	prepare(&(struct sensor_line){.line = line}, out);
}

void sensor_finish(struct event *out)
{
	finish(out);
}

static RARE bool decode_bare(struct str line, struct event *out)
{
	struct sensor_line l = {.line = line, .message = line};

	while (l.message.len && (unsigned char)l.message.data[l.message.len - 1] <= ' ')
		l.message.len--;
	if (l.message.len < 16)
		return false;
	for (const struct sensor *row = sensor_table; row->name; row++) {
		if (!(row->flags & SENSOR_BARE))
			continue;
		prepare(&l, out);
		if (row->decode(&l, out))
			return true;
	}
	return false;
}

static inline bool decode_by(bool (*decode)(const struct sensor_line *line, struct event *out),
			     const struct sensor_line *l, uint32_t repeats, struct event *out)
{
	prepare(l, out);
	out->auth.repeats = repeats;
	return decode(l, out);
}

/* `stamped`: the time is still to be read from the stamp, which is worth it only where there is a decoder. */
static USUAL bool decode_framed(struct sensor_line *l, bool stamped, struct event *out)
{
	uint32_t repeats = syslog_may_repeat(l->message) ? syslog_repeats(&l->message) : 0;
	const struct sensor *row = table_find(l);
	bool custom = IS_ENABLED(CONFIG_CUSTOM_DECODERS) && custom_count > 0;

	if ((!row && !custom) || l->message.len == 0)
		return false;
	if (stamped)
		l->stamp_us = syslog_stamp_us(l->stamp);
	l->may_be_cut |= l->message.len >= SENSOR_CUT_MESSAGE_MIN;
	return (row && decode_by(row->decode, l, repeats, out)) ||
	       (custom && decode_by(custom_decode, l, repeats, out));
}

bool sensor_decode_named(struct sensor_line *line, struct event *out)
{
	if (!decode_framed(line, false, out))
		return false;
	finish(out);
	return true;
}

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (hex_digit_lower(s.data[i]) < 0)
			return false;
	return true;
}

static USUAL enum sensor_reading read_line(struct str line, struct event *out)
{
	struct sensor_line l;

	if (line.len < 16)
		return SENSOR_STRANGE;
	bool framed = syslog_frame(line, &l);

	if (!framed) {
		if (decode_bare(line, out))
			return SENSOR_EVENT;
		if (!syslog_unstamped(line, &l))
			return SENSOR_STRANGE;
	}
	if (decode_framed(&l, true, out))
		return SENSOR_EVENT;
	if (!framed)
		return SENSOR_STRANGE;
	return l.program.len == CONTAINER_ID && is_hex(l.program) ? SENSOR_NAMELESS : SENSOR_FRAMED;
}

enum sensor_reading sensor_read(struct str line, struct event *out)
{
	enum sensor_reading reading = read_line(line, out);

	if (reading == SENSOR_EVENT)
		finish(out);
	return reading;
}

bool sensor_decode(struct str line, struct event *out)
{
	return sensor_read(line, out) == SENSOR_EVENT;
}

bool sensor_decode_whole(struct str line, struct event *out)
{
	struct sensor_line l;

	if (line.len < 16 || !syslog_frame(line, &l))
		return sensor_decode(line, out);
	l.may_be_cut = false;
	if (!decode_framed(&l, true, out))
		return false;
	finish(out);
	return true;
}
