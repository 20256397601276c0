/* SPDX-License-Identifier: Apache-2.0 */
/* Whether changes are expected: a package manager (dpkg, rpm, opkg and what uses them) has its lock, or somebody said
 * so. */
#pragma once

#include <stdbool.h>

/* The actor says that a maintenance begins or is over; and whether one is under way. May be called by any thread. */
void lookout_update_maintain(bool on);
bool lookout_update_maintained(void);

/* Ask the kernel whether somebody has one of the locks (fcntl(2), F_GETLK). */
bool lookout_update_runs(void);

/* Whether a process has a lock of that file which only root can have: the file is root's, and nobody else may write it.
 */
bool lookout_update_locked(const char *path);
