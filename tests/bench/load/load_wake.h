/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine takes for the wake-ups alone: a line is appended to a file, a first process hears of it by
 * inotify(7) and tells a second over a socket, which tells the observer, and nobody does any work. A guard of two
 * processes seen from outside cannot be faster.
 */
#pragma once

#include <stdint.h>

/*
 * Start both processes; they end with this one. `file` is made when it is not there, and it is nobody's log. Exits with
 * a sentence on failure.
 */
void load_wake_open(const char *file);

/* Append a line, and the microseconds until the observer hears of it; -1 after five seconds. */
int64_t load_wake_once(void);
