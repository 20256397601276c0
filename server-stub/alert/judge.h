/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what an output is to be told of an incident, and when. Pure. */
#pragma once

#include "server-stub/store/store_output.h"
#include "server-stub/store/views.h"

#define JUDGE_MINUTES 1440 /* of a day */

/* An incident as it is now, and who has it. */
struct judge_case {
	const struct views_incident *incident;
	const char *group; /* of its device */
	int64_t wall_us;   /* now */
};

/* What there is to tell: one of enum store_output_change, or 0. `item`: what was told; its `told` 0: nothing was. */
unsigned judge_change(const struct store_output *o, const struct store_output_item *item, const struct judge_case *c);

/*
 * Bring the item up to date: due when there is something to tell, else not. What is due already does not become due
 * later. True: the item was changed, or is new and has to be kept.
 */
bool judge_look(const struct store_output *o, struct store_output_item *item, const struct judge_case *c);

/* The item once the output was told of the incident as it is now. */
void judge_heard(struct store_output_item *item, const struct views_incident *i);

/* That time, or the end of the output's quiet hours if it lies in them and the severity is below what breaks them. */
int64_t judge_awake(const struct store_output *o, unsigned severity, int64_t wall_us);

/* Whether a name is one of the words, "*" at a word's end stands for any rest. No words: every name is. */
bool judge_fits(const char *words, const char *name);
