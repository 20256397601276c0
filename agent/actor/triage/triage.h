/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A collection: tables of what this device is doing now, each a file of JSON lines in a bundle (bundle.h). Its parts
 * write rows; a row for which there is no room is counted, and the manifest, the last entry, says how many each table
 * lacks. Names of members are those of the guard's events. All memory is taken at the beginning.
 */
#pragma once

#include "agent/actor/sys/collect_open.h"
#include "agent/actor/triage/bundle.h"
#include "agent/base/json.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define TRIAGE_TABLE_MAX (256u << 10) /* bytes of one table, and of the file */
#define TRIAGE_ROW_MAX 49152	      /* bytes of one row, whose texts may need six for each */

struct triage {
	const struct collect_ask *ask;
	const struct settings *settings;
	int proc;	       /* descriptor of the directory /proc */
	int64_t hash_until_us; /* CLOCK_MONOTONIC; no program is hashed later than that */
	struct bundle bundle;
	struct buf table; /* the rows so far, over TRIAGE_TABLE_MAX bytes */
	struct buf row;	  /* the one being written */
	struct json json; /* writes into `row` */
	const char *name; /* of the table */
	unsigned rows, left;
	struct buf manifest; /* of BUNDLE_LAST_MAX bytes */
	struct json manifest_json;
};

/* Begin: the manifest's first members. `memory` has TRIAGE_MEMORY bytes. Errors as of bundle_begin(). */
#define TRIAGE_MEMORY (TRIAGE_TABLE_MAX + TRIAGE_ROW_MAX + BUNDLE_LAST_MAX)
ERR_CHECK enum err triage_begin(struct triage *c, int out, char *memory);

/* Whether there is room for rows that say no more than they have to, so that nobody fills a table with long texts. */
bool triage_is_short(const struct triage *c);

/* Begin a table, by the name of its file. */
void triage_table(struct triage *c, const char *name);

/* Begin a row, which is an object; write its members with the writer that is returned; and end it. */
struct json *triage_row(struct triage *c);
void triage_row_end(struct triage *c);

/* Put the table into the bundle. */
void triage_table_end(struct triage *c);

/* Put a file that was read whole, or its end, into the bundle. */
struct triage_read {
	const char *path;
	struct str bytes;
	uint64_t size; /* of the file */
	bool changed;  /* while it was read */
};
void triage_put_file(struct triage *c, const struct triage_read *file);

/* End it with the manifest. The errors of writing all of it. */
ERR_CHECK enum err triage_end(struct triage *c, uint8_t sha256[32]);
