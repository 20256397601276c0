/* SPDX-License-Identifier: Apache-2.0 */
/* One of the files that tail.h follows: what tail.c and tail_answer.c do with it. */
#pragma once

#include "agent/source/tail.h"

/* The slot of health for sentences about the file: its own, or that of the pattern that it fits. */
unsigned tail_file_health(const struct source_file *f);

/* Let the number be a match of a pattern, which then is to be opened; make it free again, and close what is open. */
void tail_file_name(struct tail *t, struct source_file *f, const struct tail_list *l, const char *name);
void tail_file_free(struct tail *t, struct source_file *f);

/* Ask the actor for the file, or for the rotated one of this inode (0: for the file). While an answer is under way, the
 * next request waits for it. */
void tail_file_ask(struct tail *t, struct source_file *f, uint64_t sibling_inode);

/* Ask again after this time, unless that is planned for an earlier one. */
void tail_file_retry_within(struct source_file *f, int64_t delay_us);

/* Have it found out again what fits the pattern that the file fits. */
void tail_file_look_soon(struct tail *t, const struct source_file *f);

/* Close a file, and end its watch. */
void tail_file_unwatch(struct tail *t, struct log_file *s);

/* Give the core the place up to which the source was read, without a line. */
void tail_file_feed_place(struct tail *t, struct source_file *f);

/* Make the next file the current one. The one that was current is still watched, as the old one. */
void tail_file_promote(struct tail *t, struct source_file *f);

/* Feed the lines of one read, and return how many bytes it was. */
size_t tail_file_read(struct tail *t, struct source_file *f, struct log_file *s);

/* Read what is new, at most *budget bytes, which becomes less. True: there is more. */
bool tail_file_turn(struct tail *t, struct source_file *f, size_t *budget);
