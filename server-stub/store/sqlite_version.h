/* SPDX-License-Identifier: Apache-2.0 */
/* store_version() for the SQLite store. */
#pragma once

#include "server-stub/store/store.h"

enum err sqlite_version_read(const char *path, struct store_version *out);
