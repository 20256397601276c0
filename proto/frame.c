/* SPDX-License-Identifier: Apache-2.0 */
/* Framing of the link: lengths in, whole messages out. Never looks into a message. */
#include "proto/frame.h"

#include "agent/base/require.h"
#include "agent/base/view.h"

enum err frame_take(struct str *input, struct str *frame)
{
	struct view header = view_over(input->data, input->len);
	uint32_t len = view_be32(&header);

	*frame = STR_NONE;
	if (header.short_read)
		return ERR_TRUNCATED;
	if (len > FRAME_BYTES_MAX)
		return ERR_TOO_LONG;
	if (header.len < len)
		return ERR_TRUNCATED;
	*frame = str_sub(*input, FRAME_HEADER, len);
	*input = str_sub(*input, FRAME_HEADER + len, SIZE_MAX);
	return ERR_OK;
}

void frame_header(uint8_t out[FRAME_HEADER], size_t len)
{
	require(len <= FRAME_BYTES_MAX);
	for (unsigned i = 0; i < FRAME_HEADER; i++)
		out[i] = (uint8_t)(len >> (8 * (FRAME_HEADER - 1 - i)));
}
