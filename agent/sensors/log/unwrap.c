/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the wrapping only; what the text says is the decoders' business. A member that comes twice makes no line. */
#include "agent/sensors/log/unwrap.h"

#include "agent/base/buf.h"
#include "agent/base/json_take.h"
#include "agent/base/now.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"

#define NAME_BYTES 64
#define MEMBERS_MAX 256
#define VALUES_BYTES 1024 /* for all other values together */

static char text_memory[UNWRAP_TEXT_MAX + VALUES_BYTES];
static char name_memory[NAME_BYTES];

/* The members that matter, and the text of their strings. */
enum member {
	LOG,
	STREAM,
	TIME,
	MESSAGE,
	IDENTIFIER,
	COMM,
	SYSLOG_PID,
	PID,
	REALTIME,
	PROGRAM,
	APP_NAME,
	TAG,
	PROCESS,
	TEXT,
	WRITTEN,
	MEMBERS
};

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
		/* syslog-ng's $(format-json), and rsyslog's %jsonmesg% and the templates of its manual. */
		{STR("PROGRAM"), PROGRAM},
		{STR("programname"), PROGRAM},
		{STR("program"), PROGRAM},
		{STR("app-name"), APP_NAME},
		{STR("syslogtag"), TAG},
		{STR("syslog-tag"), TAG},
		{STR("procid"), PROCESS},
		{STR("PID"), PROCESS},
		{STR("pid"), PROCESS},
		{STR("msg"), TEXT},
		{STR("message"), TEXT},
		{STR("timereported"), WRITTEN},
		{STR("timestamp"), WRITTEN},
		{STR("@timestamp"), WRITTEN},
		{STR("ISODATE"), WRITTEN},
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

/* Whether a value is a list of bytes. */
static bool is_bytes(struct str s)
{
	char none[1];
	struct buf b = buf_over(none, 0);

	return json_take_bytes(&s, &b);
}

/* Keep a string, or a list of bytes. Of a message that is too long only the end is looked at. */
static bool take_wanted(struct str *s, int at, struct members *m)
{
	struct buf *b = &m->memory;
	size_t from = b->len;
	struct str raw = *s;

	if (m->values[at].data)
		return at == WRITTEN && json_take_value(s); /* rsyslog has more than one */
	if (!(str_starts(*s, STR("[")) ? json_take_bytes(s, b) : json_take_string(s, b)))
		return false;
	raw.len -= s->len;
	bool too_long = b->overflow || b->len - from > UNWRAP_TEXT_MAX;

	if (at == LOG || at == MESSAGE || at == TEXT) {
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
	if (at == MEMBERS || (!str_starts(*s, STR("\"")) && !(at == MESSAGE && is_bytes(*s))))
		return json_take_value(s);
	return take_wanted(s, at, m);
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

/* The first of them that was there. */
static struct str first_of(const struct members *m, const enum member *members, size_t count)
{
	struct str value = STR_NONE;

	for (size_t i = 0; i < count && !value.data; i++)
		value = m->values[members[i]];
	return value;
}

/* Who wrote the message: its own members say it, or the tag of its line, "sshd[801]:". */
static void set_writer(const struct members *m, struct sensor_line *out)
{
	static const enum member programs[] = {IDENTIFIER, COMM, PROGRAM, APP_NAME},
				 pids[] = {SYSLOG_PID, PID, PROCESS};
	struct str pid = first_of(m, pids, 3), tag = m->values[TAG];
	uint64_t number = 0;

	out->program = first_of(m, programs, 4);
	str_take_back(&tag, STR(":"));
	struct str name = str_cut(&tag, '[');

	if (!out->program.data && name.len) {
		out->program = name;
		pid = str_cut(&tag, ']');
	}
	if (str_number(pid, UINT32_MAX, &number) == ERR_OK)
		out->pid = (uint32_t)number;
}

/* The message; NULL: there is none, or more than one, or one of a log whose lines do not say who wrote them. */
static struct str message_of(const struct members *m)
{
	struct str log = m->values[LOG], message = m->values[MESSAGE], text = m->values[TEXT];
	bool named = m->values[PROGRAM].len || m->values[APP_NAME].len || m->values[TAG].len;

	if (log.data && message.data)
		return STR_NONE;
	return log.data ? log : message.data ? message : named ? text : STR_NONE;
}

/* Whether a line is a whole message. It is none that follows an unfinished one of its stream. */
static bool is_whole(uint8_t stream, bool finished, uint8_t *unfinished)
{
	bool inside = *unfinished & stream;

	*unfinished = (uint8_t)(finished ? *unfinished & ~stream : *unfinished | stream);
	return finished && !inside;
}

static enum unwrap_reading from_json(struct str object, uint8_t *unfinished, struct sensor_line *out)
{
	struct members m;
	uint64_t us = 0;

	if (!read_object(object, &m) || !message_of(&m).data)
		return UNWRAP_NONE;
	*out = (struct sensor_line){.message = message_of(&m)};
	if (m.values[LOG].data) {
		uint8_t stream = str_equal(m.values[STREAM], STR("stderr")) ? UNWRAP_STDERR : UNWRAP_STDOUT;

		out->stamp_us = stamp_us(m.values[TIME]);
		if (!is_whole(stream, !m.too_long || m.ends, unfinished))
			return UNWRAP_PART;
	} else {
		str_take(&out->message, STR(" ")); /* rsyslog keeps the blank behind the tag */
		set_writer(&m, out);
		out->stamp_us = stamp_us(m.values[WRITTEN]);
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

/*
 * Take what stands before an object: "data: " of journalctl -o json-sse, the record separator of -o json-seq, or
 * "STAMP<tab>TAG<tab>" of fluentd's files. False: no object follows.
 */
static bool take_before_object(struct str *line, struct str *stamp)
{
	struct str rest = *line;

	*stamp = STR_NONE;
	if (!str_take(&rest, STR("\x1e")) && !str_take(&rest, STR("data: ")) && scan_is_digit(rest.data[0])) {
		*stamp = str_sub(rest, 0, stamp_length(rest));
		rest = str_sub(rest, stamp->len, SIZE_MAX);
		if (stamp->len == 0 || !str_take(&rest, STR("\t")))
			return false;
		str_cut(&rest, '\t');
	}
	if (!str_starts(rest, STR("{")))
		return false;
	*line = rest;
	return true;
}

bool unwrap_is_json(struct str line)
{
	struct str stamp;

	return line.len > 0 && take_before_object(&line, &stamp);
}

enum unwrap_reading unwrap(struct str line, uint8_t *unfinished, struct sensor_line *out)
{
	struct str object = line, stamp;
	enum unwrap_reading reading;

	if (line.len < 16)
		return UNWRAP_NONE;
	if (!take_before_object(&object, &stamp))
		return scan_is_digit(line.data[0]) ? from_cri(line, unfinished, out) : UNWRAP_NONE;
	reading = from_json(object, unfinished, out);
	if (reading == UNWRAP_WHOLE) {
		out->line = line;
		if (out->stamp_us == 0)
			out->stamp_us = stamp_us(stamp);
	}
	return reading;
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
