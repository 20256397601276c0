/* SPDX-License-Identifier: Apache-2.0 */
/* Whether packages are being installed: a package manager (dpkg, apt, rpm, opkg, pacman's kind) has its lock. */
#pragma once

#include <stdbool.h>

/* Ask the kernel whether somebody has one of the locks (fcntl(2), F_GETLK). */
bool lookout_update_runs(void);

/* Whether a process has a lock of that file which only root can have: the file is root's, and nobody else may write it.
 */
bool lookout_update_locked(const char *path);
