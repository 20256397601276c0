/* SPDX-License-Identifier: Apache-2.0 */
/* Finds rows by digests. Keeps no name, no password and no hash. */
#include "agent/actor/audit/audit_tried.h"

#include "agent/base/key.h"

#include <string.h>

void audit_tried_begin(struct audit_tried *t)
{
	if (!t->begun)
		(void)key_random_kernel.fill(NULL, (uint8_t *)&t->key, sizeof(t->key));
	t->begun = true;
	t->round++;
}

static uint64_t digest_of(const struct audit_tried *t, struct str account, struct str hash, uint64_t lists)
{
	uint64_t parts[3] = {hash_bytes(&t->key, account.data, account.len), hash_bytes(&t->key, hash.data, hash.len),
			     lists};
	uint64_t digest = hash_bytes(&t->key, parts, sizeof(parts));

	return digest ? digest : 1;
}

struct audit_tried_row *audit_tried_row(struct audit_tried *t, struct str account, struct str hash, uint64_t lists)
{
	uint64_t digest = digest_of(t, account, hash, lists);
	struct audit_tried_row *oldest = &t->rows[0];

	for (unsigned i = 0; i < AUDIT_TRIED_MAX; i++) {
		struct audit_tried_row *row = &t->rows[i];

		if (row->digest == digest) {
			row->round = t->round;
			return row;
		}
		/* A free one has never been looked at. */
		if (row->round < oldest->round)
			oldest = row;
	}
	*oldest = (struct audit_tried_row){.digest = digest, .round = t->round};
	return oldest;
}
