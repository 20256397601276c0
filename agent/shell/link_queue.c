/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of bytes in one array. Never allocates. */
#include "agent/shell/link_queue.h"

#include <string.h>

void link_queue_clear(struct link_queue *q)
{
	q->from = q->to = 0;
}

bool link_queue_put(struct link_queue *q, struct str bytes)
{
	if (bytes.len > sizeof(q->bytes) - q->to && q->from) {
		memmove(q->bytes, q->bytes + q->from, q->to - q->from);
		q->to -= q->from;
		q->from = 0;
	}
	if (bytes.len > sizeof(q->bytes) - q->to)
		return false;
	memcpy(q->bytes + q->to, bytes.data, bytes.len);
	q->to += bytes.len;
	return true;
}

struct str link_queue_front(const struct link_queue *q)
{
	return (struct str){q->bytes + q->from, q->to - q->from};
}

void link_queue_drop(struct link_queue *q, size_t len)
{
	q->from += len;
	if (q->from == q->to)
		q->from = q->to = 0;
}
