/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of programs as the kernel tells of them, and as much of them as a table has room for. Pure. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Append a path. `back`: the names come from the last one to the first, each ended by NUL; `cut`: the first ones are
 * missing, and "..." stands in their place. An empty path stays empty.
 */
void path_put(struct buf *b, struct str names, bool back, bool cut);

/* What is behind the last slash. */
struct str path_base(struct str path);

/* Keep at most `size` (up to 255) bytes of a text: of a path the end, of anything else the begin. Returns how many. */
uint8_t path_keep_end(char *target, size_t size, struct str text);
uint8_t path_keep_begin(char *target, size_t size, struct str text);
