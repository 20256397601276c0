/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a process is a system's service: what the service manager started as one, and which then gave up root. A rule
 * that killed it would end the service for all, as a breach of it would not.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAEMON_PATH_MAX 256 /* of a control group */

/*
 * The control group of the system's service that the process is in, from the text of /proc/PID/cgroup (cgroups(7)), as
 * "/system.slice/dbus.service". false: it is in none, or the path does not fit. Pure.
 */
bool daemon_group(struct str text, char path[DAEMON_PATH_MAX]);

/*
 * Whether it has the user id of a system's account (1 to 999, which is SYS_UID_MAX of login.defs(5)), runs a program
 * that is root's and that nobody else may write, and is the oldest process of its service's control group. What a
 * service starts, as a shell that somebody got out of it, is none.
 */
bool daemon_is(int32_t pid, uint64_t start_ticks);
