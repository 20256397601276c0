/* SPDX-License-Identifier: Apache-2.0 */
/* What the core tells the actor at the end of a turn. Called by the loop; never calls it. */
#include "agent/shell/report.h"

#include "agent/base/clock.h"
#include "agent/shell/uplink_tls.h"

#define HEARD_US (5 * SECOND_US) /* the actor is told at most this often that the service was heard */

void report_heard(struct loop *loop)
{
	uint64_t frames = uplink_tls_heard(loop->link);
	int64_t now_us = clock_mono_us();
	struct actor_header heard = {0};

	/* What came before there was a lease proves nothing about it. */
	if (loop->actor.leases == 0)
		loop->heard = frames;
	if (frames == loop->heard || now_us - loop->heard_us < HEARD_US)
		return;
	if (!actor_link_send(&loop->actor, ACTOR_HEARD, &heard))
		return;
	loop->heard = frames;
	loop->heard_us = now_us;
}

/* One sync is awaited at a time; what comes meanwhile is told with the next one. */
void report_recorded(struct loop *loop)
{
	struct actor_recorded message = {.seq = loop->recorded.place};
	struct spool_health spool;

	spool_health(loop->spool, &spool);
	if (loop->recorded.needs > 0 && spool.synced_seq >= loop->recorded.needs &&
	    actor_link_send(&loop->actor, ACTOR_RECORDED, &message))
		loop->recorded.needs = 0;
	if (loop->recorded.needs > 0 || loop->recorded.place == loop->actor.place)
		return;
	loop->recorded.place = loop->actor.place;
	loop->recorded.needs = spool.next_seq - 1;
}
