/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that list and stream records. The store keeps batches, so a search reads batch by batch: a list the newest
 * first, a stream as they arrive. One call reads at most EVENTS_BATCHES_MAX of them and gives a cursor to go on from.
 * An event's id is "BATCH.PLACE"; it serves as cursor and as Last-Event-ID.
 */
#pragma once

struct call;

#define EVENTS_BATCHES_MAX 512

void events_list(struct call *call);   /* GET ?device= kind= since= until= src= user= outcome= limit= after= */
void events_stream(struct call *call); /* the same filters; text/event-stream from now on, or from Last-Event-ID on */
