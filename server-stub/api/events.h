/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that list and stream records. The store keeps batches: a list looks into those that may have what is wanted
 * (search.h), the newest first, a stream into all as they arrive. One call does a bounded amount of work and gives a
 * cursor to go on from. An event's id is "BATCH.PLACE"; it serves as cursor and as Last-Event-ID.
 */
#pragma once

struct call;

void events_list(struct call *call);   /* GET ?device= group= kind= since= until= src= user= outcome= limit= after= */
void events_stream(struct call *call); /* the same filters; text/event-stream from now on, or from Last-Event-ID on */
