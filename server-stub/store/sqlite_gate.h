/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock for the writers of one database inside one process, given in order of arrival. SQLite has each writer try its
 * own lock again and again with sleeps between, so a busy writer can keep the others out; this lock cannot.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/log.h"

#include <stdbool.h>
#include <stdint.h>

#define SQLITE_GATE_WAIT_S 20

struct sqlite_gate;

/* The gate of that file, which all handles of the same path share; close it as often as it was opened. NULL: out of
 * memory. */
struct sqlite_gate *sqlite_gate_open(const char *path);
void sqlite_gate_close(struct sqlite_gate *gate);

/* Wait until the gate is given to the caller. ERR_BUSY: it was not within SQLITE_GATE_WAIT_S. */
ERR_CHECK enum err sqlite_gate_enter(struct sqlite_gate *gate);

/*
 * What its holder notes of the database: another process has it locked. The first to find that out waits for it; while
 * it lasts, the next in line only ask once, or all of them would wait, one after the other. Call both between enter
 * and leave.
 */
bool sqlite_gate_locked(const struct sqlite_gate *gate);
void sqlite_gate_note(struct sqlite_gate *gate, bool locked);

/*
 * Bells: sqlite_gate_ring wakes all that wait for that bell in sqlite_gate_hear, which returns when it was rung after
 * *seen was filled in, or at until_us of the wall clock. *seen begins as 0.
 */
void sqlite_gate_ring(struct sqlite_gate *gate, enum log_news bell);
void sqlite_gate_hear(struct sqlite_gate *gate, enum log_news bell, uint64_t *seen, int64_t until_us);

/* Give it to the next in line. Call it once for each sqlite_gate_enter that returned ERR_OK. */
void sqlite_gate_leave(struct sqlite_gate *gate);
