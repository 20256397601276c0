/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers about the SQLite store, and its check; each function but the last is the member of struct store_kind that its
 * name ends in.
 */
#pragma once

#include "server-stub/store/sqlite.h"

enum err sqlite_care_figures(struct store *s, struct store_figures *out);

enum err sqlite_care_gap(struct store *s, int64_t *known_us);
enum err sqlite_care_gap_put(struct store *s, int64_t known_us);
enum err sqlite_care_latest(struct store *s, int64_t *wall_us);
enum err sqlite_care_check(struct store *s);

/* The bytes of the database's pages in use. */
enum err sqlite_care_bytes(struct sqlite *s, uint64_t *bytes);
