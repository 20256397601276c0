/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the bans that are asked for, how many are sent, and when one is sent again. The response puts bans in
 * and takes them out. This file does not know why a ban is wanted and never drops one by itself.
 */
#include "agent/response/ban_queue.h"

#include "agent/base/require.h"

#define ANSWER_US (30 * SECOND_US) /* an answer that has not come by then is lost */
#define RETRY_US SECOND_US	   /* first of the growing pauses: 1, 4, 16, 64 s */
#define MISSES_STUCK 2		   /* with this many misses in a row the trouble is the actor's, not one ban's */
#define GROWTHS_MAX 3
#define PACE_US (62 * SECOND_US) /* the actor's minute, and what may pass between its count and ours */

void ban_queue_init(struct ban_queue *q)
{
	*q = (struct ban_queue){.due_us = INT64_MAX};
	budget_init(&q->pace, 0, PACE_US, 0);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t pause_us(unsigned growths)
{
	return RETRY_US << 2 * (growths < GROWTHS_MAX ? growths : GROWTHS_MAX);
}

static void wait_until(struct ban_queue *q, struct ban *ban, int64_t due_us)
{
	q->sent -= ban->asked == BAN_SENT;
	q->waiting += ban->asked != BAN_WAITS;
	ban->asked = BAN_WAITS;
	ban->due_us = due_us;
	/* A place among those sent may have become free, so what is due is looked for anew. */
	q->due_us = INT64_MIN;
}

void ban_queue_put(struct ban_queue *q, struct ban *ban, int64_t due_us)
{
	if (ban->asked == BAN_NOT_ASKED) {
		ban->before = q->last;
		ban->behind = NULL;
		ban->tries = 0;
		if (q->last)
			q->last->behind = ban;
		else
			q->first = ban;
		q->last = ban;
	}
	wait_until(q, ban, due_us);
}

void ban_queue_leave(struct ban_queue *q, struct ban *ban)
{
	require(ban->asked != BAN_NOT_ASKED);
	q->sent -= ban->asked == BAN_SENT;
	q->waiting -= ban->asked == BAN_WAITS;
	if (ban->before)
		ban->before->behind = ban->behind;
	else
		q->first = ban->behind;
	if (ban->behind)
		ban->behind->before = ban->before;
	else
		q->last = ban->before;
	ban->before = ban->behind = NULL;
	ban->asked = BAN_NOT_ASKED;
	q->due_us = INT64_MIN;
}

bool ban_queue_is_stuck(const struct ban_queue *q)
{
	return q->waiting > 0 && q->misses >= MISSES_STUCK;
}

bool ban_queue_is_paced(const struct ban_queue *q, uint32_t limit, struct now now)
{
	struct budget pace = q->pace;

	pace.limit = limit;
	return q->waiting > 0 && budget_next_us(&pace, now.mono_us) > now.mono_us;
}

static struct ban *send(struct ban_queue *q, struct ban *ban, struct now now)
{
	q->waiting--;
	q->sent++;
	ban->asked = BAN_SENT;
	ban->due_us = now.mono_us + ANSWER_US;
	q->due_us = INT64_MIN;
	return ban;
}

struct ban *ban_queue_next(struct ban_queue *q, uint32_t limit, struct now now)
{
	int64_t none_before;
	uint32_t room = q->misses >= MISSES_STUCK ? 1 : BAN_QUEUE_SENT_MAX, seen = 0;

	q->pace.limit = limit;
	if (now.mono_us < q->due_us)
		return NULL;
	none_before = later(q->pause_us, budget_next_us(&q->pace, now.mono_us));
	q->due_us = INT64_MAX;
	for (struct ban *ban = q->first; ban; ban = ban->behind) {
		int64_t due_us = later(ban->due_us, none_before);

		if (ban->asked == BAN_SENT) {
			due_us = ban->due_us;
			seen++;
		} else if (q->sent >= room) {
			due_us = INT64_MAX;
		} else if (due_us <= now.mono_us && budget_spend(&q->pace, now.mono_us)) {
			return send(q, ban, now);
		}
		if (due_us < q->due_us)
			q->due_us = due_us;
		/* Nothing behind is due sooner. */
		if (seen == q->sent && (q->sent >= room || none_before > now.mono_us))
			break;
	}
	return NULL;
}

struct ban *ban_queue_of(const struct ban_queue *q, uint64_t request_id)
{
	uint32_t seen = 0;

	for (struct ban *ban = q->first; ban && seen < q->sent; ban = ban->behind) {
		if (ban->asked != BAN_SENT)
			continue;
		if (ban->request_id == request_id)
			return ban;
		seen++;
	}
	return NULL;
}

void ban_queue_well(struct ban_queue *q)
{
	q->misses = 0;
	q->pause_us = INT64_MIN;
	q->due_us = INT64_MIN;
}

bool ban_queue_again(struct ban_queue *q, struct ban *ban, bool failed, struct now now)
{
	/* Answers to what was sent before a pause do not make it longer. */
	if (now.mono_us >= q->pause_us) {
		q->misses += q->misses < UINT8_MAX;
		if (q->misses >= MISSES_STUCK)
			q->pause_us = now.mono_us + pause_us(q->misses - MISSES_STUCK);
	}
	/* When nothing goes, it is nobody's own fault. */
	if (failed && q->misses < MISSES_STUCK)
		ban->tries++;
	if (failed &&
	    (ban->tries >= BAN_QUEUE_TRIES_MAX || now.mono_us - ban->decided_us >= (int64_t)ban->wanted_s * SECOND_US))
		return false;
	wait_until(q, ban, ban->tries ? now.mono_us + pause_us(ban->tries - 1) : now.mono_us);
	return true;
}

struct ban *ban_queue_late(const struct ban_queue *q, struct now now)
{
	uint32_t seen = 0;

	if (now.mono_us < q->due_us)
		return NULL;
	for (struct ban *ban = q->first; ban && seen < q->sent; ban = ban->behind) {
		if (ban->asked != BAN_SENT)
			continue;
		if (ban->due_us <= now.mono_us)
			return ban;
		seen++;
	}
	return NULL;
}
