/* SPDX-License-Identifier: Apache-2.0 */
/* Calls libzstd with a work space of fixed size, so that what an attacker logs cannot make the guard allocate. */
#define ZSTD_STATIC_LINKING_ONLY
#include "agent/source/journald_unpack.h"

#include <zstd.h>

/* journald compresses with the default level: windows are not longer than the content, and at most 2 MiB. */
#define WINDOW_LOG_MAX 17
#define WORK_BYTES (512 * 1024)

bool journald_zstd(struct str packed, struct buf *out, bool *cut)
{
	_Alignas(16) static char work[WORK_BYTES];
	ZSTD_DCtx *context = ZSTD_initStaticDCtx(work, sizeof(work));
	ZSTD_outBuffer to = {out->data + out->len, out->cap - out->len, 0};
	ZSTD_inBuffer from = {packed.data, packed.len, 0};
	size_t left = 1;

	if (!context || ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return false;
	while (left != 0 && to.pos < to.size) {
		size_t before = from.pos + to.pos;

		left = ZSTD_decompressStream(context, &to, &from);
		if (ZSTD_isError(left))
			return false;
		if (from.pos + to.pos == before)
			break;
	}
	out->len += to.pos;
	*cut = left != 0;
	return to.pos > 0;
}
