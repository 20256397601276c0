/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on standard error, where whoever keeps them adds the time. */
#pragma once

#include "agent/base/severity.h"

/*
 * One line of at most 1023 bytes, with "warning: " or "error: " before it from SEV_MEDIUM and SEV_HIGH on. It never
 * waits: a reader that stands still loses the line.
 */
void log_line(enum severity severity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say why and end the program at once: what cannot be gone on with. State on disk is good at any moment. */
_Noreturn void log_fatal(const char *why);
