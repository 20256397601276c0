/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks data of the journal that zstd (RFC 8878) has compressed: journald does so to what is longer than 512 bytes.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Append to `out` what was packed, as far as it has room. *cut: there was more. False: the bytes are damaged, or need
 * more memory than the static work space has.
 */
bool journald_unpack(struct str packed, struct buf *out, bool *cut);
