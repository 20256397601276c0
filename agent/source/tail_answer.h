/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's answers for the followed files; see tail.h. */
#pragma once

#include "agent/source/tail.h"

/* Take an answer to ACTOR_SOURCE, and its descriptor (-1: none), which is owned from now on. */
void tail_answer_take(struct tail *t, const struct actor_source *answer, int fd);
