/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine, or the emulator of one that stands for it, can do for a test that needs it. Each says what is
 * missing, so that a test which skips itself says why.
 */
#pragma once

#include <stdbool.h>

/* Whether system calls can be filtered (seccomp). */
bool machine_filters(void);

/* Whether a process can become the reaper of all below it (PR_SET_CHILD_SUBREAPER). */
bool machine_reaps(void);

/* Whether the kernel runs this program by itself, so that it has its name and can execute itself anew. */
bool machine_runs_us(void);
