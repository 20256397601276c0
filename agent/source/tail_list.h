/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of tail.h: which files fit one now, and which numbers they get. */
#pragma once

#include "agent/source/tail.h"

/* Look for what fits the pattern: each match is asked for, one after the other. While a look is under way, the next one
 * waits for its end. */
void tail_list_look(struct tail *t, struct tail_list *l);

/* Look within this time, unless that is planned for an earlier one. */
void tail_list_look_within(struct tail_list *l, int64_t delay_us);

/* Take the actor's answer to one step of a look, and its descriptor (-1: none), which is owned from now on. */
void tail_list_take(struct tail *t, const struct actor_source *answer, int fd);

/* Whether a name that appeared in the watched directory may be a new match, or lead to the pattern's directory. */
bool tail_list_concerns(const struct tail *t, const struct tail_list *l, const char *name);
