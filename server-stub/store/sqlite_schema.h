/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as the steps that lead from an empty database to today's (PRAGMA user_version counts them). */
#pragma once

#include "server-stub/store/sqlite.h"

/* Bring the database up to date, each step in a transaction. ERR_UNSUPPORTED: it is from a later version. */
ERR_CHECK enum err sqlite_schema_migrate(struct sqlite *s);
