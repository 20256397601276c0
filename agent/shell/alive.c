/* SPDX-License-Identifier: Apache-2.0 */
/* A turn that comes anyway tells early, so that a guard with something to do is not woken for this. */
#include "agent/shell/alive.h"

#include "agent/base/require.h"
#include "agent/common/message.h"
#include "agent/source/feed.h"

/* The turn that this makes tells. */
static void rang(uv_timer_t *timer)
{
	(void)timer;
}

void alive_open(struct alive *a, struct actor_link *actor, uint32_t hang_s)
{
	a->actor = actor;
	a->every_ms = UINT64_C(1000) * hang_s / 3;
	require(uv_timer_init(actor->feed->uv, &a->timer) == 0);
}

void alive_turn(struct alive *a)
{
	if (a->serves ? uv_timer_get_due_in(&a->timer) > a->every_ms / 4 : a->actor->unopened > 0)
		return;
	if (!actor_link_send(a->actor, ACTOR_ALIVE, &(struct actor_header){0}))
		return;
	a->serves = true;
	uv_timer_start(&a->timer, rang, a->every_ms, 0);
}
