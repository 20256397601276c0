/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as they came. The store keeps batches, so a search walks them: newest first for lists, as they arrive for
 * streams. One call looks at EVENTS_BATCHES_MAX of them at most and gives a cursor to go on from. An event's id is
 * "BATCH.PLACE" and serves as cursor and as Last-Event-ID.
 */
#pragma once

struct call;

#define EVENTS_BATCHES_MAX 512

void events_list(struct call *call);   /* GET ?device= kind= since= until= src= user= outcome= limit= after= */
void events_stream(struct call *call); /* the same filters; text/event-stream from now on, or from Last-Event-ID on */
