/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of devices that are to join, as comma-separated values (RFC 4180). The first line names the columns, in any
 * order: `name`, which must be there, `group`, `labels` (words with blanks between), `token` (the text of a join
 * token that the device has already), `serial` (the number in its factory certificate) and `factory` (whose certificate
 * that is, by the name that the manufacturer has here). One line is one device; empty lines are skipped. A value may
 * stand between double quotes, but holds none, and no line end. Lines end with LF or CR LF, and a byte order mark may
 * stand before the first. Pure; what is read borrows from the text.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#define ROSTER_ROWS_MAX 1000
#define ROSTER_WHY_MAX 160

enum roster_column {
	ROSTER_NAME,
	ROSTER_GROUP,
	ROSTER_LABELS,
	ROSTER_TOKEN,
	ROSTER_SERIAL,
	ROSTER_FACTORY,
	ROSTER_COLUMNS
};

struct roster {
	struct str rest;
	unsigned line; /* that was read last, from 1 */
	unsigned rows; /* that were read */
	unsigned columns;
	enum roster_column order[ROSTER_COLUMNS];
};

struct roster_row {
	unsigned line;
	struct str values[ROSTER_COLUMNS]; /* empty: there is none */
};

/* Read the first line. ERR_INVALID: `why` is a sentence without its end. */
ERR_CHECK enum err roster_open(struct roster *r, struct str text, char why[ROSTER_WHY_MAX]);

/*
 * Read the next device. Its name, group and factory are plain, its labels are labels, its serial number
 * can be one; row->line is set on ERR_INVALID, too, and
 * the next call goes on behind that line. ERR_NOT_FOUND: there is no more. ERR_FULL: there are more than
 * ROSTER_ROWS_MAX.
 */
ERR_CHECK enum err roster_next(struct roster *r, struct roster_row *row, char why[ROSTER_WHY_MAX]);

/* The number of the line before `line` that has the same name; 0: none. For a text that roster_open() took. */
unsigned roster_namesake(struct str text, struct str name, unsigned line);
