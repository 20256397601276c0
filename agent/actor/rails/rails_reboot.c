/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a reboot and what follows from it; see rails_reboot.h. */
#include "agent/actor/rails/rails_reboot.h"

#include "agent/base/view.h"

#include <string.h>

#define VERSION 1

enum rails_reboot_next rails_reboot_next(const struct rails_reboot *r, const uint8_t boot[RAILS_REBOOT_BOOT],
					 int64_t now_us, int64_t *until_us)
{
	bool same = memcmp(r->boot, boot, RAILS_REBOOT_BOOT) == 0;
	enum rails_reboot_next then;

	if (r->phase == RAILS_REBOOT_REPORTED) {
		*until_us = RAILS_REBOOT_REST_US;
		then = RAILS_REBOOT_OVER;
	} else if (!same) {
		return RAILS_REBOOT_REPORT;
	} else if (r->phase == RAILS_REBOOT_DUE) {
		*until_us = r->due_us;
		then = RAILS_REBOOT_ASK;
	} else {
		*until_us = r->due_us + RAILS_REBOOT_GRACE_US;
		then = RAILS_REBOOT_FAIL;
	}
	return now_us < *until_us ? RAILS_REBOOT_WAIT : then;
}

void rails_reboot_encode(struct buf *b, const struct rails_reboot *r)
{
	buf_be8(b, VERSION);
	buf_be8(b, r->phase);
	buf_bytes(b, r->boot, sizeof(r->boot));
	buf_be64(b, (uint64_t)r->due_us);
}

enum err rails_reboot_decode(struct str bytes, struct rails_reboot *out)
{
	struct view v = view_over(bytes.data, bytes.len);
	bool good = view_be8(&v) == VERSION;

	memset(out, 0, sizeof(*out));
	out->phase = view_be8(&v);
	view_bytes(&v, out->boot, sizeof(out->boot));
	out->due_us = (int64_t)view_be64(&v);
	return good && out->phase <= RAILS_REBOOT_REPORTED && out->due_us >= 0 && view_done(&v) == ERR_OK ? ERR_OK
													  : ERR_INVALID;
}
