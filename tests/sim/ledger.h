/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of what must be: records that were appended, those among them that nothing may lose any more, and
 * incidents that were decided. It is kept outside of the code under test and compared with the store at the end.
 */
#pragma once

#include "agent/base/str.h"
#include "tests/sim/world.h"

#include <stdbool.h>
#include <stdint.h>

void ledger_begin(struct world *w);
void ledger_end(void);

/* A record was appended under that number by the process of that life. */
void ledger_appended(uint64_t life, uint64_t seq, unsigned severity, struct str record);

/* The process of that life is gone: what it had up to `safe` is not lost, the rest may be. */
void ledger_survives(uint64_t life, uint64_t safe);

/* A process found this in its spool when it started. */
void ledger_found(struct str record);

/* The spool had to drop records of low, of high severity. */
void ledger_dropped(bool low, bool high);

/*
 * The clock was set. A power cut a moment later takes an incident away that nobody has been told of, and its lines,
 * read again after the boot, then seem to be as far apart as the clock was set.
 */
void ledger_clock_set(void);

/* Against the store. */
void ledger_check(void);

/* Incidents decided for that source by that rule. */
unsigned ledger_incidents(const char *src, const char *rule);
