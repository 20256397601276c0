/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows log files: inotify(7) says that something was added, the actor opens what the core may not
 * (ACTOR_SOURCE), and whole lines go into the core with the place behind them. A file that is rotated by
 * renaming is read to its end before the new one from its beginning, and still watched for what slow writers
 * add; one emptied in place is read from 0; one that does not exist or cannot be read is waited for, with a
 * sentence in health.
 *
 * Limits: lines up to CONFIG_LINE_MAX, longer ones are skipped and counted; SOURCE_TAIL_TURN bytes a turn, so that
 * no flood keeps the loop from the rest. A file that was rotated twice while the guard was down is missed in
 * between.
 */
#pragma once

#include "agent/common/message.h"
#include "agent/core/core.h"
#include "agent/shell/source_stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define SOURCE_TAIL_CHUNK 65536
#define SOURCE_TAIL_TURN (1024 * 1024)
#define SOURCE_TAIL_RETRY_US (10 * SECOND_US)
#define SOURCE_TAIL_RETRY_MAX_US (60 * SECOND_US)

struct actor_link;
struct feed;

struct source_file {
	uint16_t index;
	struct source_stream current;
	struct source_stream next; /* waits until current is read to its end */
	struct source_stream old;  /* rotated away, still watched */
	int dir_watch;		   /* -1: its directory is not there */
	bool started;		   /* it was read in this run, so the saved place is of no use any more */
	bool late;		   /* it was not there when first asked for */
	bool moved;		   /* renamed, and nothing has its name yet */
	bool asked, ask_again;	   /* an answer of the actor is on its way; it may be old when it comes */
	int64_t retry_us, retry_delay_us;
};

struct source_tail {
	struct feed *feed;
	struct actor_link *actor; /* opens the files */
	uv_poll_t poll;
	int inotify;
	unsigned count;
	bool held; /* there is more, but the guard is behind with what it has decided */
	uint64_t lines, skipped, overflows, truncations, rotations;
	struct source_file files[SETTINGS_FILES_MAX];
	char chunk[SOURCE_TAIL_CHUNK];
};

/* Reserve memory; nothing is opened yet. */
void source_tail_open(struct source_tail *t, struct feed *feed, struct actor_link *actor, int inotify);

/* Ask the actor for every file of the settings. */
void source_tail_start(struct source_tail *t);

/* The actor's answer; the descriptor is taken over. */
void source_tail_opened(struct source_tail *t, const struct actor_source *answer, int fd);

/* Read what is there, up to one turn's share; nothing while requests wait for the actor. True: there is more. */
bool source_tail_turn(struct source_tail *t);

/* Whether to call that again now, because it was held and need not be any more. */
bool source_tail_resumes(const struct source_tail *t);

/* Retries that are due; when to call it next, INT64_MAX never. */
void source_tail_tick(struct source_tail *t, struct now now);
int64_t source_tail_deadline(const struct source_tail *t);
