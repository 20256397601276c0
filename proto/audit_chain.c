/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of the audit log; the service makes them, the command line makes them again. */
#include "proto/audit_chain.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/require.h"
#include "agent/base/utf8.h"

#define TEXT_MAX 256

/* A byte that stands alone becomes two, so a text at most twice as long. */
static void put_text(struct buf *b, struct str text)
{
	require(text.len <= TEXT_MAX);
	while (text.len) {
		size_t run = utf8_len(text);

		if (run) {
			buf_bytes(b, text.data, run);
		} else {
			buf_char(b, (char)(0xc0 | (unsigned char)text.data[0] >> 6));
			buf_char(b, (char)(0x80 | ((unsigned char)text.data[0] & 0x3f)));
			run = 1;
		}
		text = str_sub(text, run, SIZE_MAX);
	}
	buf_char(b, (char)0xff);
}

void audit_chain_next(const struct audit_chain_row *row, const uint8_t prev[AUDIT_CHAIN_HASH],
		      uint8_t hash[AUDIT_CHAIN_HASH])
{
	uint8_t bytes[4 + AUDIT_CHAIN_HASH + 8 + 8 + 2 + 4 * (2 * TEXT_MAX + 1)];
	struct buf b = buf_over(bytes, sizeof(bytes));

	buf_text(&b, "CTA1");
	buf_bytes(&b, prev, AUDIT_CHAIN_HASH);
	buf_be64(&b, row->row);
	buf_be64(&b, (uint64_t)row->wall_us);
	buf_be16(&b, row->status);
	put_text(&b, row->user);
	put_text(&b, row->action);
	put_text(&b, row->detail);
	put_text(&b, row->address);
	require(!b.overflow);
	key_sha256(b.data, b.len, hash);
}
