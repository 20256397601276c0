/* SPDX-License-Identifier: Apache-2.0 */
/* The log of caltrop-core: lines on standard error. The program that keeps them adds the time. */
#pragma once

#include "agent/base/severity.h"

/*
 * Write one line (say.h): from SEV_HIGH on an error, of SEV_MEDIUM a warning, of SEV_LOW worth to know. It never waits:
 * when standard error takes nothing, the line is lost.
 */
void log_line(enum severity severity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write why as an error and end the program at once. The state on disk is whole at every moment. */
_Noreturn void log_fatal(const char *why);
