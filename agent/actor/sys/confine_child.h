/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process of caltropd's that only reads gives up before its first input. Both answer whether it was done; a
 * caller to whom it was not ends.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Every capability but these, as bits (capabilities(7), numbers below 32). */
bool confine_child_rights(uint32_t kept);

/* Every system call but the core's, for good (seccomp(2)). */
bool confine_child_calls(void);
