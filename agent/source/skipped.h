/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that ended two cores are skipped: each is kept in core/skipped_lines of the state directory, up to
 * SKIPPED_BYTES_MAX bytes in all, and health says how many there were. What else is read is marked for caltropd while
 * it is (common/reading.h).
 */
#pragma once

#include "agent/base/str.h"
#include "agent/common/reading.h"
#include "agent/source/health.h"

#include <stdbool.h>
#include <stdint.h>

#define SKIPPED_FILE "skipped_lines"
#define SKIPPED_BYTES_MAX 65536

struct skipped {
	struct reading_page *page; /* NULL: caltropd gave none */
	uint64_t lines;
};

/* Map the descriptor of CORE_FD_READING. Without it nothing is skipped or marked. */
void skipped_open(struct skipped *s, int fd);

/* Whether `text` is to be read; if so it is marked until skipped_done(). */
bool skipped_begin(struct skipped *s, struct health *health, struct str text);
void skipped_done(struct skipped *s);
