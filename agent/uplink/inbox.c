/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the transport's bytes and gives out whole frames. Never unpacks one. */
#include "agent/uplink/inbox.h"

#include "agent/base/view.h"

void inbox_reset(struct inbox *in)
{
	in->len = in->taken = 0;
}

enum err inbox_put(struct inbox *in, struct str bytes)
{
	memmove(in->bytes, in->bytes + in->taken, in->len - in->taken);
	in->len -= in->taken;
	in->taken = 0;
	if (bytes.len > sizeof(in->bytes) - in->len)
		return ERR_TOO_LONG;
	if (bytes.len)
		memcpy(in->bytes + in->len, bytes.data, bytes.len);
	in->len += bytes.len;
	return ERR_OK;
}

enum err inbox_take(struct inbox *in, struct str *frame)
{
	struct str left = {(const char *)in->bytes + in->taken, in->len - in->taken};
	struct view header = view_over(left.data, left.len);

	if (view_be32(&header) > UPLINK_FRAME_MAX)
		return ERR_TOO_LONG;
	enum err err = frame_take(&left, frame);

	in->taken = in->len - left.len;
	return err;
}
