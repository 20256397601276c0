/* SPDX-License-Identifier: Apache-2.0 */
/* The console's files from a directory instead of the program, for whoever works on them (`run --web-root`). */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

/*
 * Append the file `name` of the directory, which is read each time, so it may change while the service runs. The name
 * is one of asset_name_good. ERR_NOT_FOUND; ERR_KIND: it is no regular file, such as a link; ERR_TOO_LONG: it is larger
 * than what is free in `out`, or than 4 MiB; other errors of the file system.
 */
ERR_CHECK enum err web_root_read(const char *dir, struct str name, struct buf *out);
