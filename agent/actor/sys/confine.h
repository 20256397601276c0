/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd gives up before it reads its first input: capabilities, new privileges, core dumps, system calls
 * (seccomp(2), lists in ports/linux/seccomp). Every failure is fatal for the caller.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFINE_WHY_MAX 96

/* `rows`: capabilities that the verbs and the sources need, bits. On an error `why` says which step failed. */
ERR_CHECK enum err confine_enter(uint64_t rows, char why[CONFINE_WHY_MAX]);

/*
 * Ask the scheduler for a slice of 100 us (Linux 6.12 and later; others ignore it): it cuts the time until a woken
 * guard runs on a busy machine from milliseconds to tens of microseconds.
 */
void confine_short_slice(void);
