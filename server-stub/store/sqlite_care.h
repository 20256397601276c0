/* SPDX-License-Identifier: Apache-2.0 */
/* What the SQLite store holds, in numbers; sqlite_care_figures is the member `figures` of struct store_kind. */
#pragma once

#include "server-stub/store/sqlite.h"

enum err sqlite_care_figures(struct store *s, struct store_figures *out);

/* The bytes of the database's pages in use. */
enum err sqlite_care_bytes(struct sqlite *s, uint64_t *bytes);
