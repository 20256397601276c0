/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bans that the actor is asked for, in the order they were decided. The queue is a list through the entries of the
 * table of bans, so that the table's size bounds it and no decided ban is lost. At most BAN_QUEUE_SENT_MAX are sent and
 * not answered, and no more are sent a minute than the budget allows. While the actor answers that it cannot ban, only
 * one ban is sent at a time.
 */
#pragma once

#include "agent/base/budget.h"
#include "agent/response/ban.h"

#include <stdint.h>

#define BAN_QUEUE_SENT_MAX 64u /* unanswered at a time */
#define BAN_QUEUE_TRIES_MAX 6  /* failures of one ban while others succeed */

struct ban_queue {
	struct ban *first, *last;
	uint32_t waiting, sent;
	int64_t due_us;	    /* ban_queue_next() has nothing to do before this time */
	struct budget pace; /* counts what was sent, so that the actor does not have to refuse for its budget */
	int64_t pause_us;   /* no ban is sent before this time */
	uint8_t misses;	    /* how many answers in a row said that the actor cannot ban just now */
};

/* Begin empty. */
void ban_queue_init(struct ban_queue *q);

/* Put a ban at the end of the queue, or leave it at the place that it has. It is not sent before due_us. */
void ban_queue_put(struct ban_queue *q, struct ban *ban, int64_t due_us);

/*
 * The next ban to send when at most `limit` a minute may be sent; NULL when none is due. The ban counts as sent, and
 * the caller sets its request_id.
 */
struct ban *ban_queue_next(struct ban_queue *q, uint32_t limit, struct now now);

/* The ban that was sent with this request_id and is not answered; NULL when there is none. */
struct ban *ban_queue_of(const struct ban_queue *q, uint64_t request_id);

/* Take a ban out of the queue: it was answered, given up or called off. */
void ban_queue_leave(struct ban_queue *q, struct ban *ban);

/* Note that the actor can ban, as an answer or its health shows: the pause ends. */
void ban_queue_well(struct ban_queue *q);

/*
 * Note that the actor cannot do this ban just now: it stays at its place and is sent again after a pause. `failed`: the
 * actor tried it and failed. False: the ban is not to be sent again, because it failed BAN_QUEUE_TRIES_MAX times while
 * others succeeded, or its time is over; the caller takes it out.
 */
bool ban_queue_again(struct ban_queue *q, struct ban *ban, bool failed, struct now now);

/* A sent ban whose answer counts as lost, because it did not come within 30 s; NULL when there is none. */
struct ban *ban_queue_late(const struct ban_queue *q, struct now now);

/* Whether bans wait because the budget of this minute is used up; whether they wait because the actor cannot ban. */
bool ban_queue_is_paced(const struct ban_queue *q, uint32_t limit, struct now now);
bool ban_queue_is_stuck(const struct ban_queue *q);
