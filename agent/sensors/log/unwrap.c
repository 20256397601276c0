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

static char text_memory[UNWRAP_TEXT_MAX];
static char name_memory[NAME_BYTES];

/* The members that matter, and the text of their strings. */
enum member { LOG, TIME, MESSAGE, IDENTIFIER, COMM, SYSLOG_PID, PID, REALTIME, MEMBERS };

struct members {
	struct str values[MEMBERS];
	struct buf memory;
};

static int member_of(struct str name)
{
	static const char *const names[MEMBERS] = {
		[LOG] = "log",	       [TIME] = "time",
		[MESSAGE] = "MESSAGE", [IDENTIFIER] = "SYSLOG_IDENTIFIER",
		[COMM] = "_COMM",      [SYSLOG_PID] = "SYSLOG_PID",
		[PID] = "_PID",	       [REALTIME] = "__REALTIME_TIMESTAMP",
	};

	for (int i = 0; i < MEMBERS; i++)
		if (str_equal(name, str_from(names[i])))
			return i;
	return MEMBERS;
}

static bool take_member(struct str *s, struct members *m)
{
	struct buf name = buf_over(name_memory, sizeof(name_memory));

	if (!json_take_string(s, &name) || !json_take_byte(s, ':'))
		return false;
	json_take_blanks(s);
	int at = name.overflow ? MEMBERS : member_of(buf_str(&name));

	if (at == MEMBERS || !str_starts(*s, STR("\"")))
		return json_take_value(s);
	size_t from = m->memory.len;

	if (m->values[at].data || !json_take_string(s, &m->memory) || m->memory.overflow)
		return false;
	m->values[at] = (struct str){m->memory.data + from, m->memory.len - from};
	return true;
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

static bool from_json(struct str line, struct sensor_line *out)
{
	struct members m;
	uint64_t us = 0;

	if (!read_object(line, &m) || !m.values[LOG].data == !m.values[MESSAGE].data)
		return false;
	*out = (struct sensor_line){.line = line, .message = m.values[LOG].data ? m.values[LOG] : m.values[MESSAGE]};
	if (m.values[LOG].data) {
		out->stamp_us = stamp_us(m.values[TIME]);
	} else {
		out->program = m.values[IDENTIFIER].data ? m.values[IDENTIFIER] : m.values[COMM];
		out->pid = (uint32_t)number_of(m.values[SYSLOG_PID], m.values[PID]);
		if (str_number(m.values[REALTIME], INT64_MAX, &us) == ERR_OK)
			out->stamp_us = (int64_t)us;
	}
	while (out->message.len && (unsigned char)out->message.data[out->message.len - 1] <= ' ')
		out->message.len--;
	return out->message.len > 0;
}

/* "STAMP stdout|stderr F TEXT": P in place of F is a part of a line, whose end is missing. */
static bool from_cri(struct str line, struct sensor_line *out)
{
	size_t len = stamp_length(line);
	struct str rest = str_sub(line, len, SIZE_MAX);

	if (len == 0 || (!str_take(&rest, STR(" stdout F ")) && !str_take(&rest, STR(" stderr F "))))
		return false;
	*out = (struct sensor_line){.line = line, .message = rest, .stamp_us = stamp_us(str_sub(line, 0, len))};
	return rest.len > 0;
}

bool unwrap(struct str line, struct sensor_line *out)
{
	if (line.len < 16)
		return false;
	return line.data[0] == '{' ? from_json(line, out) : scan_is_digit(line.data[0]) && from_cri(line, out);
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
