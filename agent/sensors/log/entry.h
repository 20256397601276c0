/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers an entry that journalctl(1) wrote on several lines, -o verbose or -o json-pretty:
 *	Sun 2026-11-22 10:00:00.123456 UTC [s=1a;i=2b;...]	{
 *	    SYSLOG_IDENTIFIER=sshd					"SYSLOG_IDENTIFIER" : "sshd",
 *	    _PID=801							"_PID" : "801",
 *	    MESSAGE=Failed password ...					"MESSAGE" : "Failed password ..."
 *								}
 * journalctl writes each line of a longer value with more blanks before it, or escapes it, so a value cannot look like
 * another member. Of an entry that has one of these members twice, nothing is read.
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
	uint16_t text_len;
	uint32_t pid;
	int64_t stamp_us;
};

enum entry_reading {
	ENTRY_ALIEN, /* this form has no such line */
	ENTRY_PART,  /* the entry goes on */
	ENTRY_WHOLE, /* *out is the entry's message with program, process and time, valid until the next call */
};

/*
 * Take a source's next line. `text` keeps the message, and is the same memory for all lines of a source. A verbose
 * entry is whole when the next one begins.
 */
enum entry_reading entry_verbose(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out);
enum entry_reading entry_pretty(struct entry *e, char text[ENTRY_TEXT_MAX], struct str line, struct sensor_line *out);
