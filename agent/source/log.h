/* SPDX-License-Identifier: Apache-2.0 */
/* The log of caltrop-core: lines on standard error. The program that keeps them adds the time. */
#pragma once

#include "agent/base/severity.h"

/*
 * Write one line of at most 1023 bytes. From SEV_MEDIUM on it begins with "warning: ", from SEV_HIGH on with "error: ".
 * It never waits: when standard error takes nothing, the line is lost.
 */
void log_line(enum severity severity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write why as an error and end the program at once. The state on disk is whole at every moment. */
_Noreturn void log_fatal(const char *why);
