/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bans that the actor is asked for, in the order they were decided: a list through the entries of the table of
 * bans, so that the table's size is the queue's bound and nothing decided is lost in between. A few at a time are sent
 * and not answered yet, no more a minute than the budget allows. While the actor answers that it cannot, one ban at a
 * time asks whether it can again.
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
	int64_t due_us;	    /* nothing is to be done before */
	struct budget pace; /* what was sent, so that the actor need not refuse it for the budget */
	int64_t pause_us;   /* none is sent before */
	uint8_t misses;	    /* in a row: answers that the actor cannot just now */
};

void ban_queue_init(struct ban_queue *q);

/* Ask for it, not before due_us: at the end, or at the place that it has already. */
void ban_queue_put(struct ban_queue *q, struct ban *ban, int64_t due_us);

/*
 * The next to send when at most `limit` a minute may be sent, NULL when none is due. It counts as sent: the caller
 * gives it a request_id.
 */
struct ban *ban_queue_next(struct ban_queue *q, uint32_t limit, struct now now);

/* The ban of an unanswered request, NULL without one. */
struct ban *ban_queue_of(const struct ban_queue *q, uint64_t request_id);

/* It is asked for no more: answered, given up or called off. */
void ban_queue_leave(struct ban_queue *q, struct ban *ban);

/* The actor has answered, whatever it is: it can. */
void ban_queue_well(struct ban_queue *q);

/*
 * The actor cannot just now; ask again later, in the same order. With `failed` it has tried: false is returned when
 * this one has failed often enough while others did not, or would be over by now.
 */
bool ban_queue_again(struct ban_queue *q, struct ban *ban, bool failed, struct now now);

/* One whose answer is lost, NULL without one. */
struct ban *ban_queue_late(const struct ban_queue *q, struct now now);

/* Whether those that wait do so for the budget, or because the actor cannot. */
bool ban_queue_is_paced(const struct ban_queue *q, uint32_t limit, struct now now);
bool ban_queue_is_stuck(const struct ban_queue *q);
