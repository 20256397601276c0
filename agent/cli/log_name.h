/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs that a command is given, and what each would be to a guard with these settings. A log that was rotated
 * (auth.log.1, auth.log-20261122) is the one that it was before. It is the file of the settings ([auth] files) that has
 * its path or whose pattern it fits; else, for a copy that lies elsewhere, the one of its base name. Where the settings
 * declare different things of several files of that name, the user has to say which it is, by --as PATH.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define LOG_NAME_WHY_MAX 640

struct log_name {
	const char *name; /* as given, borrowed; "-" is standard input */
	const char *as;	  /* --as, borrowed; NULL: it was not said */
};

/* The path without what rotation puts behind it: a dot and a number, or a hyphen and a date of eight digits. */
struct str log_name_unrotated(const char *path);

/* Whether both are one log of a guard, before and after a rotation. */
bool log_name_same(const struct log_name *a, const struct log_name *b);

/*
 * Give out the row of the settings' files as which a log is read (sensors/log/declared.h). A path that does not begin
 * with '/' or has symbolic links is resolved. ERR_INVALID: it may be two files of the settings, or --as names none of
 * them; `why` says so as a sentence, and what to do.
 */
ERR_CHECK enum err log_name_row(const struct settings *s, const struct log_name *log, unsigned *row,
				char why[LOG_NAME_WHY_MAX]);
