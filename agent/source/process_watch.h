/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of processes: feeds the process sensor from the best that caltropd could open, the kernel program's ring,
 * else audit records, else the proc connector, else a look at /proc at intervals, and says in health which it is and
 * what that hides.
 */
#pragma once

#include "agent/source/source.h"

extern const struct source_row process_watch_row;
