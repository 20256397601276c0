/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a build without the link. No service reads them, so they are empty, and the core drops empty records. */
#include "agent/core/record.h"

void record_event(struct buf *b, struct record_head head, const struct event *event)
{
	(void)b;
	(void)head;
	(void)event;
}

void record_folded(struct buf *b, struct record_head head, const struct folded *folded)
{
	(void)b;
	(void)head;
	(void)folded;
}

void record_finding(struct buf *b, struct record_head head, const struct record_finding *finding)
{
	(void)b;
	(void)head;
	(void)finding;
}

void record_receipt(struct buf *b, struct record_head head, const struct actor_receipt *receipt)
{
	(void)b;
	(void)head;
	(void)receipt;
}

void record_chain_head(struct buf *b, struct record_head head, const struct actor_head *signed_head)
{
	(void)b;
	(void)head;
	(void)signed_head;
}

void record_health(struct buf *b, struct record_head head, const struct record_health *health)
{
	(void)b;
	(void)head;
	(void)health;
}

void record_dropped(struct buf *b, struct record_head head, const char *queue, uint64_t count)
{
	(void)b;
	(void)head;
	(void)queue;
	(void)count;
}
