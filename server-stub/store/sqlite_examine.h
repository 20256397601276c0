/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for damage in the file, a bounded part at a time; it is the member `examine` of struct store_kind. */
#pragma once

#include "server-stub/store/sqlite.h"

enum err sqlite_examine(struct store *s, struct store_place *at);
