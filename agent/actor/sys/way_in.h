/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process is one of those through which people log in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether it is root's, by its real and its effective user id, and has the name of a service or program for that: sshd,
 * dropbear, login, getty and the like. It is the kernel's name, proc_pid_comm(5), which any process may give itself, so
 * nobody's but root's is believed.
 */
bool way_in_is(int32_t pid);
