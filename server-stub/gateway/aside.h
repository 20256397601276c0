/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that wait a little before they are stored, since most of them have nothing left to say by then: that an order
 * was sent, or seen, is of no use once it is answered. Each of them would cost a transaction, and the receipt that
 * follows would wait for the disk twice. Used by the writer's thread only.
 */
#pragma once

#include "server-stub/gateway/job.h"

#define ASIDE_SENT_US (INT64_C(2) * 1000000) /* an order that is seen sooner is never marked as merely sent */
#define ASIDE_SEEN_US (INT64_C(200) * 1000)  /* one that is answered sooner, never as merely seen */
#define ASIDE_SEEN_MAX 1024		     /* of those; more are not made to wait */

struct aside {
	struct aside_list {
		struct job *first, **last;
		unsigned count;
	} sent, seen;
};

void aside_init(struct aside *a);
/* Take the jobs that may wait out of the list and keep them; the others are returned, in order. NULL: none are left. */
struct job *aside_keep(struct aside *a, struct job *jobs);
/* Give back the jobs that have waited long enough at now_us (wall clock; INT64_MAX: all of them). NULL: none have. */
struct job *aside_due(struct aside *a, int64_t now_us);
/* The wall clock at which aside_due has something; INT64_MAX: nothing waits. */
int64_t aside_next_us(const struct aside *a);
