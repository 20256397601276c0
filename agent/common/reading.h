/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core is reading just now, in memory that caltropd has as well: a core that a line ends cannot say which line
 * it was. A line that ended two cores is skipped by the next one, or it would end them all.
 *
 * caltropd believes nothing in the page but what it was at the core's end, and that only to have lines skipped, which a
 * captured core can do without it.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define READING_TEXT_MAX 1024 /* bytes of a line by which it is known, beside its length */
#define READING_SKIPS_MAX 8   /* lines; a new one takes the place of the oldest */

struct reading_line {
	uint32_t len;
	uint64_t hash;
};

struct reading_page {
	volatile uint32_t reading; /* 0: nothing; else 1 and the length of what is read */
	uint8_t text[READING_TEXT_MAX];
	uint32_t skip_count; /* caltropd's, as is all that follows */
	struct reading_line skips[READING_SKIPS_MAX];
	struct hash_key key;
};

/* The core: `text` is going to be read, and was read. */
void reading_begin(struct reading_page *p, struct str text);
void reading_end(struct reading_page *p);

/* The core: whether this text has ended two cores. */
bool reading_skips(const struct reading_page *p, struct str text);

/* caltropd's half, zero at first. */
struct reading {
	struct reading_page *page; /* NULL: there is none, and nothing is ever skipped */
	struct reading_line last;  /* what the last core that ended was reading; len 0: nothing */
	unsigned skip_count;	   /* since the start */
	struct reading_line skips[READING_SKIPS_MAX];
	struct hash_key key;
};

/* Before a core starts: nothing is read, and it knows what to skip. */
void reading_start(struct reading *r);

/* A core has crashed. True: it was reading what another one had crashed on, which is skipped from now on. */
bool reading_crashed(struct reading *r);
