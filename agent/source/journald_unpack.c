/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the way by which data was packed. */
#include "agent/source/journald_unpack.h"

/* clang-format off */
static const struct {
	uint8_t packing;
	bool (*unpack)(struct str packed, struct buf *out, bool *cut);
} ways[] = {
	{JOURNALD_ZSTD, journald_zstd},
	IF_ENABLED(CONFIG_SOURCE_JOURNAL_LZ4, ({JOURNALD_LZ4, journald_lz4},))
	IF_ENABLED(CONFIG_SOURCE_JOURNAL_XZ, ({JOURNALD_XZ, journald_xz},))
};
/* clang-format on */

enum err journald_unpack(uint8_t packing, struct str packed, struct buf *out, bool *cut)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].packing == packing)
			return ways[i].unpack(packed, out, cut) ? ERR_OK : ERR_CORRUPT;
	return ERR_UNSUPPORTED;
}
