/* SPDX-License-Identifier: Apache-2.0 */
/* Whether packages are being installed: a package manager (dpkg, apt, rpm, opkg, pacman's kind) has its lock. */
#pragma once

#include <stdbool.h>

/* Ask the kernel who has the locks, which only root may take (fcntl(2), F_GETLK). */
bool lookout_update_runs(void);
