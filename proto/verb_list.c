/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the verbs, for sentences that say which there are. */
#include "proto/verb.h"

void verb_list(struct buf *b, bool steps_only)
{
	bool first = true;

	for (uint16_t i = VERB_NONE + 1; i < VERB_MAX; i++) {
		const struct verb_row *row = verb_row(i);

		if (steps_only && !row->step)
			continue;
		buf_text(b, first ? "" : ", ");
		buf_text(b, row->name);
		first = false;
	}
}
