/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was told of files and was not looked at yet: one entry for each file, at most LOOKOUT_WAITING_MAX. A file that
 * somebody writes to and does not close is looked at after a second, and then once a minute.
 */
#pragma once

#include "agent/actor/lookout/lookout_events.h"
#include "agent/actor/lookout/lookout_who.h"
#include "agent/base/now.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define LOOKOUT_WAITING_MAX 64u
#define LOOKOUT_WRITE_US SECOND_US
#define LOOKOUT_WRITES_US MINUTE_US

struct lookout_waiting {
	bool used;
	uint16_t dir; /* its place in the table of directories */
	uint8_t source;
	uint32_t told;
	int64_t due_us;
	int64_t rest_us; /* of one that was looked at while it was being written: not before; 0: none */
	struct lookout_who who;
	uint16_t name_len;
	char name[NAME_MAX];
};

struct lookout_queue {
	struct lookout_waiting rows[LOOKOUT_WAITING_MAX];
	struct lookout_who last; /* who was read last, since one process often tells of several things */
};

/* Note an event of a file of that directory. False: there is no room. */
bool lookout_news_note(struct lookout_queue *q, uint16_t dir, const struct lookout_event *e, int64_t now_us);

/* The next one that is due, which the caller ends with lookout_news_end(). NULL: none is. */
struct lookout_waiting *lookout_news_due(struct lookout_queue *q, int64_t now_us);
void lookout_news_end(struct lookout_waiting *w, int64_t now_us);

/* When one is due; INT64_MAX: none waits. */
int64_t lookout_news_next_us(const struct lookout_queue *q);
