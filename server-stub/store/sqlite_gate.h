/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns for the writers of one database inside one process, in order of arrival. SQLite's own lock is asked for again
 * and again with sleeps between, so that a busy writer starves the others; here they stand in line.
 */
#pragma once

#include "agent/base/err.h"

#define SQLITE_GATE_WAIT_S 20

struct sqlite_gate;

/* The gate of that file (all handles of one path share it); NULL without memory. */
struct sqlite_gate *sqlite_gate_open(const char *path);
void sqlite_gate_close(struct sqlite_gate *gate);

/* Wait for the turn. ERR_BUSY after SQLITE_GATE_WAIT_S. */
ERR_CHECK enum err sqlite_gate_enter(struct sqlite_gate *gate);
void sqlite_gate_leave(struct sqlite_gate *gate);
