/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns for log files: '*' and '?' in the last part of a path, as in "/var/log/web-*.log". '*' stands for any bytes,
 * '?' for one byte; neither for a dot that begins a name. Pure. The time is bounded by the product of the two lengths.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>

/* Whether a path of the settings is a pattern. */
bool file_pattern_is(const char *path);

/* Whether a path has such signs where they mean nothing: before its last part, or '[' anywhere. */
bool file_pattern_wrong(struct str path);

/* The bytes of a path up to its last '/' and with it. */
size_t file_pattern_dir(const char *path);

/* Whether a name in the directory of the pattern fits it. A name of a file that was packed (".gz" and its like) does
 * not. */
bool file_pattern_fits(const char *path, struct str name);
