/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the wrapping only; what the text says is the decoders' business. A member that comes twice makes no line. */
#include "agent/sensors/log/unwrap.h"

#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "agent/sensors/log/json_take.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"

#define NAME_BYTES 64
#define MEMBERS_MAX 256
#define VALUES_BYTES 1024 /* for all other values together */

static char text_memory[UNWRAP_TEXT_MAX + VALUES_BYTES];
static char name_memory[NAME_BYTES];

/* The members that matter, and the text of their strings. */
enum member { LOG, STREAM, TIME, MESSAGE, IDENTIFIER, COMM, SYSLOG_PID, PID, REALTIME, MEMBERS };

struct members {
	struct str values[MEMBERS];
	struct buf memory;
	bool too_long; /* the message, which is not read then */
	bool ends;     /* it has a line feed at its end */
	bool partial;  /* the engine says that it is a part of one */
};

static int member_of(struct str name)
{
	static const struct {
		struct str name;
		enum member member;
	} names[] = {
		{STR("log"), LOG},
		{STR("stream"), STREAM},
		{STR("source"), STREAM}, /* Docker's fluentd driver */
		{STR("time"), TIME},
		{STR("MESSAGE"), MESSAGE},
		{STR("_COMM"), COMM},
		{STR("SYSLOG_IDENTIFIER"), IDENTIFIER},
		{STR("_PID"), PID},
		{STR("SYSLOG_PID"), SYSLOG_PID},
		{STR("__REALTIME_TIMESTAMP"), REALTIME},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(name, names[i].name))
			return names[i].member;
	return MEMBERS;
}

/* Whether what stands between quotes in JSON ends with a line feed, "\n" behind an even number of backslashes. */
static bool ends_line(struct str raw)
{
	size_t slashes = 0;

	if (!str_take_back(&raw, STR("n\"")))
		return false;
	while (slashes < raw.len && raw.data[raw.len - slashes - 1] == '\\')
		slashes++;
	return slashes % 2 == 1;
}

/* Keep a string. Of a message that is too long only the end is looked at. */
static bool take_wanted(struct str *s, int at, struct members *m)
{
	struct buf *b = &m->memory;
	size_t from = b->len;
	struct str raw = *s;

	if (m->values[at].data || !json_take_string(s, b))
		return false;
	raw.len -= s->len;
	bool too_long = b->overflow || b->len - from > UNWRAP_TEXT_MAX;

	if (at == LOG || at == MESSAGE) {
		m->ends = ends_line(raw);
		m->too_long = too_long;
	} else if (too_long) {
		return false;
	}
	if (too_long) {
		b->overflow = false;
		b->len = from;
	}
	m->values[at] = (struct str){b->data + from, b->len - from};
	return true;
}

static bool take_member(struct str *s, struct members *m)
{
	struct buf name = buf_over(name_memory, sizeof(name_memory));

	if (!json_take_string(s, &name) || !json_take_byte(s, ':'))
		return false;
	json_take_blanks(s);
	struct str text = buf_str(&name);
	int at = name.overflow ? MEMBERS : member_of(text);

	/* Docker's fluentd driver and its journald driver. */
	m->partial |= str_starts(text, STR("partial_")) || str_starts(text, STR("CONTAINER_PARTIAL_"));
	return at == MEMBERS || !str_starts(*s, STR("\"")) ? json_take_value(s) : take_wanted(s, at, m);
}

static bool read_object(struct str s, struct members *m)
{
	*m = (struct members){.memory = buf_over(text_memory, sizeof(text_memory))};
	if (!json_take_byte(&s, '{'))
		return false;
	for (unsigned n = 0; n < MEMBERS_MAX; n++) {
		if (!take_member(&s, m))
			return false;
		if (json_take_byte(&s, '}'))
			return str_trim(s).len == 0;
		if (!json_take_byte(&s, ','))
			return false;
	}
	return false;
}

static uint64_t number_of(struct str a, struct str b)
{
	uint64_t value = 0;

	return str_number(a.data ? a : b, UINT32_MAX, &value) == ERR_OK ? value : 0;
}

/* Whether a line is a whole message. It is none that follows an unfinished one of its stream. */
static bool is_whole(uint8_t stream, bool finished, uint8_t *unfinished)
{
	bool inside = *unfinished & stream;

	*unfinished = (uint8_t)(finished ? *unfinished & ~stream : *unfinished | stream);
	return finished && !inside;
}

static enum unwrap_reading from_json(struct str line, uint8_t *unfinished, struct sensor_line *out)
{
	struct members m;
	uint64_t us = 0;

	if (!read_object(line, &m) || !m.values[LOG].data == !m.values[MESSAGE].data)
		return UNWRAP_NONE;
	*out = (struct sensor_line){.line = line, .message = m.values[LOG].data ? m.values[LOG] : m.values[MESSAGE]};
	if (m.values[LOG].data) {
		uint8_t stream = str_equal(m.values[STREAM], STR("stderr")) ? UNWRAP_STDERR : UNWRAP_STDOUT;

		out->stamp_us = stamp_us(m.values[TIME]);
		if (!is_whole(stream, !m.too_long || m.ends, unfinished))
			return UNWRAP_PART;
	} else {
		out->program = m.values[IDENTIFIER].data ? m.values[IDENTIFIER] : m.values[COMM];
		out->pid = (uint32_t)number_of(m.values[SYSLOG_PID], m.values[PID]);
		if (str_number(m.values[REALTIME], INT64_MAX, &us) == ERR_OK)
			out->stamp_us = (int64_t)us;
	}
	while (out->message.len && (unsigned char)out->message.data[out->message.len - 1] <= ' ')
		out->message.len--;
	return out->message.len && !m.too_long && !m.partial ? UNWRAP_WHOLE : UNWRAP_PART;
}

/* "STAMP stdout|stderr F TEXT": P in place of F is a part of a line, whose end is missing. */
static enum unwrap_reading from_cri(struct str line, uint8_t *unfinished, struct sensor_line *out)
{
	size_t len = stamp_length(line);
	struct str rest = str_sub(line, len, SIZE_MAX);
	uint8_t stream = UNWRAP_STDERR;

	if (len == 0)
		return UNWRAP_NONE;
	if (str_take(&rest, STR(" stdout ")))
		stream = UNWRAP_STDOUT;
	else if (!str_take(&rest, STR(" stderr ")))
		return UNWRAP_NONE;
	bool finished = str_starts(rest, STR("F"));

	if (rest.len < 2 || rest.data[1] != ' ' || (!finished && rest.data[0] != 'P'))
		return UNWRAP_NONE;
	*out = (struct sensor_line){
		.line = line, .message = str_sub(rest, 2, SIZE_MAX), .stamp_us = stamp_us(str_sub(line, 0, len))};
	return is_whole(stream, finished, unfinished) && out->message.len ? UNWRAP_WHOLE : UNWRAP_PART;
}

enum unwrap_reading unwrap(struct str line, uint8_t *unfinished, struct sensor_line *out)
{
	if (line.len < 16)
		return UNWRAP_NONE;
	if (line.data[0] == '{')
		return from_json(line, unfinished, out);
	return scan_is_digit(line.data[0]) ? from_cri(line, unfinished, out) : UNWRAP_NONE;
}

bool unwrap_member(struct str line, struct str *name, struct str *value)
{
	struct buf n = buf_over(name_memory, sizeof(name_memory)), v = buf_over(text_memory, sizeof(text_memory));

	*value = STR_NONE;
	if (!json_take_string(&line, &n) || n.overflow || !json_take_byte(&line, ':'))
		return false;
	*name = buf_str(&n);
	json_take_blanks(&line);
	if (str_starts(line, STR("\"")) && json_take_string(&line, &v) && !v.overflow)
		*value = (struct str){text_memory, v.len};
	return true;
}
