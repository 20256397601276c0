/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's answers for the followed files; see tail.h. */
#pragma once

#include "agent/source/tail.h"

/* Take the answer to tail_file_ask(), and its descriptor (-1: none), which is owned from now on. */
void tail_answer_take(struct tail *t, const struct actor_source *answer, int fd);

/* Take what the actor opened as this file, which need not have been asked for. */
void tail_answer_file(struct tail *t, struct source_file *f, const struct actor_source *answer, int fd);
