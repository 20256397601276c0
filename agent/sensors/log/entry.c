/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers what one entry's lines say of its message. Judges no message; stream.c gives it to the decoders. */
#include "agent/sensors/log/entry.h"

#include "agent/base/hex.h"
#include "agent/sensors/log/lines.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"
#include "agent/sensors/log/unwrap.h"

#define JOURNAL_DIGITS 16    /* of a journal's id that are compared */
#define NAME_MAX_LEN 64	     /* of a member; journald takes no longer one */
#define VALUE_MAX (1u << 30) /* bytes of a value; journald takes three quarters of that */

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

/* Begin a message whose `len` bytes come one by one. */
static void begin_message(struct entry *e, uint64_t len)
{
	e->spoiled |= has(e, MESSAGE) || len > ENTRY_TEXT_MAX;
	e->has |= 1u << MESSAGE;
	e->text_len = 0;
}

/* End the entry, and begin another. */
static enum entry_reading end(struct entry *e, const char text[ENTRY_TEXT_MAX], struct sensor_line *out)
{
	bool good = !e->spoiled && has(e, MESSAGE) && e->program_len > 0;

	*out = (struct sensor_line){.line = {text, e->text_len},
				    .program = {e->program, e->program_len},
				    .message = {text, e->text_len},
				    .pid = e->pid,
				    .stamp_us = e->stamp_us};
	e->has = e->spoiled = e->program_len = 0;
	e->listing = false;
	e->pid = 0;
	e->stamp_us = 0;
	return good ? ENTRY_WHOLE : ENTRY_PART;
}

/* The length of the stamp that begins a verbose entry; 0: the line begins none. */
static size_t verbose_stamp(struct str line)
{
	size_t stamp = str_ends(line, STR("]")) ? stamp_length(line) : 0;

	return str_starts(str_sub(line, stamp, SIZE_MAX), STR(" [s=")) ? stamp : 0;
}

enum entry_form entry_form_of(struct str line)
{
	if (str_equal(line, STR("{")))
		return ENTRY_PRETTY;
	if (str_starts(line, STR("__CURSOR=s=")))
		return ENTRY_EXPORT;
	return verbose_stamp(line) ? ENTRY_VERBOSE : ENTRY_NONE;
}

enum entry_reading entry_verbose(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out)
{
	size_t stamp = verbose_stamp(line);

	if (line.len == 0)
		return end(e, text, out);
	if (stamp > 0) {
		enum entry_reading reading = end(e, text, out);

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

/* Take "70," of a list, or its end. */
static void take_listed(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line)
{
	uint64_t byte = 0;

	if (str_starts(line, STR("]"))) {
		e->listing = false;
		return;
	}
	str_take_back(&line, STR(","));
	e->spoiled |= !str_take(&line, STR("\t")) || str_number(line, UINT8_MAX, &byte) != ERR_OK ||
		      e->text_len == ENTRY_TEXT_MAX;
	if (!e->spoiled)
		text[e->text_len++] = (char)byte;
}

enum entry_reading entry_pretty(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out)
{
	struct str name, value;

	if (line.len == 0)
		return ENTRY_PART;
	if (str_equal(line, STR("{"))) {
		(void)end(e, text, out);
		return ENTRY_PART;
	}
	if (str_equal(line, STR("}")))
		return end(e, text, out);
	if (!str_take(&line, STR("\t")))
		return ENTRY_ALIEN;
	if (e->listing) {
		take_listed(e, text, line);
	} else if (unwrap_member(line, &name, &value)) {
		e->listing = str_ends(line, STR("[")) && member_of(name) == MESSAGE;
		if (e->listing)
			begin_message(e, 0);
		else
			keep(e, text, name, value);
	}
	return ENTRY_PART; /* or a part of another list */
}

/* Where an export's next line begins. */
enum place {
	LOST,	/* nobody knows */
	FIELDS, /* a member, or the end of the entry */
	LENGTH, /* in a value's length */
	VALUE,	/* in a value */
};

/* Read no further until the next cursor of the same journal. */
static enum entry_reading lose(struct entry *e)
{
	e->export.place = LOST;
	e->spoiled = true;
	return ENTRY_ALIEN;
}

/* The first half of the id of the journal that a cursor is of; 0: it is no cursor. */
static uint64_t journal_of(struct str line)
{
	uint64_t id = 0;

	if (!str_take(&line, STR("__CURSOR=s=")) || line.len < JOURNAL_DIGITS)
		return 0;
	for (size_t i = 0; i < JOURNAL_DIGITS; i++) {
		int digit = hex_digit_lower(line.data[i]);

		if (digit < 0)
			return 0;
		id = id << 4 | (uint64_t)digit;
	}
	return id;
}

static bool is_member_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!scan_is_digit(name.data[i]) && name.data[i] != '_' && (name.data[i] < 'A' || name.data[i] > 'Z'))
			return false;
	return name.len > 0 && name.len <= NAME_MAX_LEN;
}

bool entry_is_part(struct str line)
{
	size_t at = str_find_byte(line, '=');

	if (str_starts(line, STR("    ")) || str_starts(line, STR("\t\"")))
		return true;
	return at != SIZE_MAX && is_member_name(str_sub(line, 0, at));
}

static enum entry_reading begin(struct entry *e, char text[ENTRY_TEXT_MAX], uint64_t journal)
{
	struct sensor_line none;

	(void)end(e, text, &none);
	e->export.journal = journal;
	e->export.place = FIELDS;
	return ENTRY_PART;
}

/* A line "NAME=VALUE", or "NAME" before a value with its length. */
static enum entry_reading take_field(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line)
{
	uint64_t journal = journal_of(line);
	size_t at = str_find_byte(line, '=');
	struct str name = str_sub(line, 0, at == SIZE_MAX ? line.len : at);

	if (!is_member_name(name))
		return lose(e);
	if (journal)
		return begin(e, text, journal); /* journals that were merged have ids of their own */
	if (at != SIZE_MAX) {
		keep(e, text, name, str_sub(line, at + 1, SIZE_MAX));
		return ENTRY_PART;
	}
	e->export.member = (uint8_t)member_of(name);
	e->export.place = LENGTH;
	e->export.digits = 0;
	e->export.left = 0;
	return ENTRY_PART;
}

/* Take one byte of a value's length. False: no value is that long. */
static bool take_length(struct entry *e, char byte)
{
	e->export.left |= (uint64_t)(unsigned char)byte << 8 * e->export.digits;
	if (++e->export.digits < 8)
		return true;
	if (e->export.left > VALUE_MAX)
		return false;
	/* Only a message may be other than plain text. */
	if (e->export.member == MESSAGE)
		begin_message(e, e->export.left);
	else
		e->spoiled |= e->export.member != MEMBERS;
	e->export.left++;
	e->export.place = VALUE;
	return true;
}

/* Take one byte of a value, or the line feed behind it. False: there is none. */
static bool take_value(struct entry *e, char text[ENTRY_TEXT_MAX], char byte)
{
	if (--e->export.left == 0) {
		e->export.place = FIELDS;
		return byte == '\n';
	}
	if (e->export.member == MESSAGE && !e->spoiled)
		text[e->text_len++] = byte;
	return true;
}

/* A line of a value, with the line feed that was cut. */
static enum entry_reading take_bytes(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line)
{
	for (size_t i = 0; i <= line.len; i++) {
		char byte = i < line.len ? line.data[i] : '\n';
		bool good = e->export.place == LENGTH  ? take_length(e, byte)
			    : e->export.place == VALUE ? take_value(e, text, byte)
						       : false;

		if (!good)
			return lose(e);
	}
	return ENTRY_PART;
}

enum entry_reading entry_export(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out)
{
	uint64_t journal;

	if (lines_is_lost(line))
		return lose(e);
	if (e->export.place == LENGTH || e->export.place == VALUE)
		return take_bytes(e, text, line);
	if (e->export.place == FIELDS)
		return line.len == 0 ? end(e, text, out) : take_field(e, text, line);
	journal = journal_of(line);
	return journal && (!e->export.journal || e->export.journal == journal) ? begin(e, text, journal) : lose(e);
}
