/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only root may see, seen for the core: a thread of caltropd that watches directories, compares the files in them
 * with what they were, and sends the core samples (common/lookout_sample.h). Nobody asks it anything; what it is to
 * watch is in the settings. One for each process.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"

#include <stdint.h>

/*
 * Open what needs privileges, once; a row of opened.c. Returns a descriptor of the socket from which the core reads, or
 * -1 with errno. Called again for another core, it returns the same socket with what the one before left unread.
 */
int lookout_open(const struct settings *settings);

/* Start the thread, if there is anything to watch; after the confinement, which it inherits. Errors of
 * pthread_create(3).
 */
ERR_CHECK enum err lookout_start(void);

/* Have the thread tell the core again what it watches, and how. */
void lookout_wake(void);

/* What the thread does: begin, and then again and again wait for at most that long (-1: as long as it takes). */
void lookout_begin(void);
void lookout_turn(int64_t wait_us);
