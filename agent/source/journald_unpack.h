/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks data of the journal: journald compresses what is longer than 512 bytes, by zstd since systemd 246, by LZ4 or
 * XZ before. Work spaces are of fixed size and static. Each way is a file of its own; a build may lack it.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The flags of a data object, journal-def.h of systemd. */
enum journald_packing {
	JOURNALD_XZ = 1,
	JOURNALD_LZ4 = 2,
	JOURNALD_ZSTD = 4,
	JOURNALD_PACKINGS = 7, /* all of them */
};

/*
 * Append to `out` what was packed, as far as it has room. *cut: there was more, or `packed` ends too early.
 * ERR_CORRUPT: the bytes are damaged, or need more memory than the work space has. ERR_UNSUPPORTED: this build does not
 * read it.
 */
ERR_CHECK enum err journald_unpack(uint8_t packing, struct str packed, struct buf *out, bool *cut);

/* The ways, as above; false: damaged. A Zstandard frame (RFC 8878). */
bool journald_zstd(struct str packed, struct buf *out, bool *cut);

/* The length in eight bytes, then an LZ4 block (lz4_Block_format.md of LZ4). */
bool journald_lz4(struct str packed, struct buf *out, bool *cut);

/* An .xz stream, with a dictionary of at most 1 MiB as journald makes it. */
bool journald_xz(struct str packed, struct buf *out, bool *cut);
