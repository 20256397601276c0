/* SPDX-License-Identifier: Apache-2.0 */
/* Retention and figures of the SQLite store; each function is the member of struct store_kind that its name ends in. */
#pragma once

#include "server-stub/store/kind.h"

/* Works in several short transactions, so that writers of batches need not wait long. */
enum err sqlite_care_retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed);
enum err sqlite_care_figures(struct store *s, struct store_figures *out);
