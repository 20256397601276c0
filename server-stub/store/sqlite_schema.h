/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as steps from an empty database to the present one; PRAGMA user_version is the number of steps done. */
#pragma once

#include "server-stub/store/sqlite.h"

/* Carry out the steps that the database lacks, each in a transaction. ERR_UNSUPPORTED: a later version made the
 * database. ERR_NOT_FOUND: it is empty and should not be. */
/* The number of steps. */
int sqlite_schema_steps(void);

ERR_CHECK enum err sqlite_schema_migrate(struct sqlite *s, bool is_new);
