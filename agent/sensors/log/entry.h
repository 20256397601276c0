/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers an entry that journalctl(1) wrote on several lines, -o verbose, -o json-pretty or -o export:
 *	Sun 2026-11-22 10:00:00.123456 UTC [s=1a;i=2b;...]	{
 *	    SYSLOG_IDENTIFIER=sshd					"SYSLOG_IDENTIFIER" : "sshd",
 *	    _PID=801							"_PID" : "801",
 *	    MESSAGE=Failed password ...					"MESSAGE" : "Failed password ..."
 *								}
 *
 *	__CURSOR=s=1a...;i=2b;...
 *	SYSLOG_IDENTIFIER=sshd
 *	MESSAGE			a value that is no plain text: its length in 8 bytes, the lowest first, and its bytes
 *	<len><bytes>
 *				an empty line ends the entry
 *
 * journalctl writes each line of a longer value with more blanks before it, or escapes it, or says its length, so a
 * value cannot look like another member. Of an entry that has one of these members twice, nothing is read. Source of
 * -o export: systemd's "Journal Export Formats".
 *
 * When a part of an export is lost, a value's bytes may look like anything. It is read on only at a cursor of the same
 * journal, whose id is 128 random bits that no remote client knows.
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>
#include <stdint.h>

#define ENTRY_TEXT_MAX 512 /* bytes of the longest message; an entry with a longer one is not read */
#define ENTRY_PROGRAM_MAX 32

struct entry {
	char program[ENTRY_PROGRAM_MAX];
	uint8_t program_len, has, spoiled;
	bool listing; /* inside of a message that json-pretty writes as a list of its bytes */
	uint16_t text_len;
	uint32_t pid;
	int64_t stamp_us;
	struct {
		uint64_t journal; /* the first half of its id; 0: none is known */
		uint64_t left;	  /* bytes of a value that are to come, with its line feed */
		uint8_t place;	  /* where in an entry the next line begins */
		uint8_t member;	  /* whose value it is */
		uint8_t digits;	  /* bytes of its length that were read */
	} export;
};

enum entry_reading {
	ENTRY_ALIEN, /* this form has no such line */
	ENTRY_PART,  /* the entry goes on */
	ENTRY_WHOLE, /* *out is the entry's message with program, process and time, valid until the next call */
};

/* The form that a source has whose first line is this one. */
enum entry_form { ENTRY_NONE, ENTRY_VERBOSE, ENTRY_PRETTY, ENTRY_EXPORT };
enum entry_form entry_form_of(struct str line);

/* Whether a line looks like one inside of an entry, as the first does where the guard begins to read in the midst. */
bool entry_is_part(struct str line);

/*
 * Take a source's next line, for an export also a lost one (lines.h). out->line is the message. `text` keeps the
 * message, and is the same memory for all lines of a source. A verbose entry is whole when the next one begins, or at
 * an empty line, which no entry has.
 */
enum entry_reading entry_verbose(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out);
enum entry_reading entry_pretty(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out);
enum entry_reading entry_export(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out);
