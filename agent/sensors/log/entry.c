/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what one entry's lines say of its message. Judges no message; stream.c gives it to the decoders. */
#include "agent/sensors/log/entry.h"

#include "agent/sensors/log/stamp.h"
#include "agent/sensors/log/unwrap.h"

enum member { MESSAGE, IDENTIFIER, COMM, SYSLOG_PID, PID, REALTIME, MEMBERS };

static enum member member_of(struct str name)
{
	static const struct str names[MEMBERS] = {
		[MESSAGE] = STR("MESSAGE"), [IDENTIFIER] = STR("SYSLOG_IDENTIFIER"),
		[COMM] = STR("_COMM"),	    [SYSLOG_PID] = STR("SYSLOG_PID"),
		[PID] = STR("_PID"),	    [REALTIME] = STR("__REALTIME_TIMESTAMP"),
	};
	unsigned i = 0;

	while (i < MEMBERS && !str_equal(name, names[i]))
		i++;
	return (enum member)i;
}

static bool has(const struct entry *e, enum member m)
{
	return e->has >> m & 1;
}

static void set_program(struct entry *e, struct str value)
{
	e->spoiled |= value.len > sizeof(e->program);
	e->program_len = (uint8_t)(value.len <= sizeof(e->program) ? value.len : 0);
	memcpy(e->program, value.data, e->program_len);
}

/* Keep a member that matters. One without data is no plain text, so the entry is not read. */
static void keep(struct entry *e, char text[ENTRY_TEXT_MAX], struct str name, struct str value)
{
	enum member m = member_of(name);
	uint64_t number = 0;

	if (m == MEMBERS)
		return;
	e->spoiled |= has(e, m) || !value.data || (m == MESSAGE && value.len > ENTRY_TEXT_MAX);
	e->has |= (uint8_t)(1u << m);
	if (e->spoiled)
		return;
	if (m == MESSAGE) {
		e->text_len = (uint16_t)value.len;
		memcpy(text, value.data, value.len);
	} else if (m == IDENTIFIER || (m == COMM && !has(e, IDENTIFIER))) {
		set_program(e, value);
	} else if ((m == SYSLOG_PID || (m == PID && !has(e, SYSLOG_PID))) &&
		   str_number(value, UINT32_MAX, &number) == ERR_OK) {
		e->pid = (uint32_t)number;
	} else if (m == REALTIME && str_number(value, INT64_MAX, &number) == ERR_OK) {
		e->stamp_us = (int64_t)number;
	}
}

/* End the entry, and begin another. */
static enum entry_reading end(struct entry *e, const char text[ENTRY_TEXT_MAX], struct str line,
			      struct sensor_line *out)
{
	bool good = !e->spoiled && has(e, MESSAGE) && e->program_len > 0;

	*out = (struct sensor_line){.line = line,
				    .program = {e->program, e->program_len},
				    .message = {text, e->text_len},
				    .pid = e->pid,
				    .stamp_us = e->stamp_us};
	e->has = e->spoiled = e->program_len = 0;
	e->pid = 0;
	e->stamp_us = 0;
	return good ? ENTRY_WHOLE : ENTRY_PART;
}

enum entry_reading entry_verbose(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out)
{
	size_t stamp = stamp_length(line);

	if (stamp > 0 && str_starts(str_sub(line, stamp, SIZE_MAX), STR(" [s=")) && str_ends(line, STR("]"))) {
		enum entry_reading reading = end(e, text, line, out);

		e->stamp_us = stamp_us(str_sub(line, 0, stamp));
		return reading;
	}
	if (!str_take(&line, STR("    ")))
		return ENTRY_ALIEN;
	if (line.len == 0 || line.data[0] == ' ')
		return ENTRY_PART; /* a value goes on */
	struct str name = str_cut(&line, '=');

	keep(e, text, name, str_equal(line, STR("[blob data]")) ? STR_NONE : line);
	return ENTRY_PART;
}

enum entry_reading entry_pretty(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out)
{
	struct str name, value;

	if (str_equal(line, STR("{"))) {
		(void)end(e, text, line, out);
		return ENTRY_PART;
	}
	if (str_equal(line, STR("}")))
		return end(e, text, line, out);
	if (!str_take(&line, STR("\t")))
		return ENTRY_ALIEN;
	if (unwrap_member(line, &name, &value))
		keep(e, text, name, value);
	return ENTRY_PART; /* or a part of a list */
}
