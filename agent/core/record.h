/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events, findings, receipts and health as caltrop.v1.Record bytes (proto/caltrop/v1/record.proto). Each function
 * appends one whole record to b, or sets b->overflow. Without CONFIG_PROTOBUF there is no service to read records, and
 * record_none.c writes nothing.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/common/message.h"
#include "agent/core/fold.h"
#include "agent/incident/evidence.h"
#include "agent/incident/incident.h"

#include <stdint.h>

#define RECORD_LINE_MAX 1024u
#define RECORD_TEXT_MAX 256u
#define RECORD_COUNTERS_MAX 176u
#define RECORD_PROBLEMS_MAX 32u

struct record_head {
	struct now when;
	enum severity severity;
};

/* Append a record of one event, with its line. */
void record_event(struct buf *b, struct record_head head, const struct event *event);

/* Append a record that stands for several equal events. */
void record_folded(struct buf *b, struct record_head head, const struct folded *folded);

struct record_finding {
	const struct finding *finding;
	const struct rule *rule;	    /* the finding's */
	enum incident_change_kind state;    /* of the incident: OPENED, UPDATED, CLOSED or REOPENED */
	const struct evidence_quote *quote; /* NULL: none */
};

/* Append a record about the part that a finding's rule has of its incident. */
void record_finding(struct buf *b, struct record_head head, const struct record_finding *finding);

/* Append a record of what the actor did. */
void record_receipt(struct buf *b, struct record_head head, const struct actor_receipt *receipt);

/* Append what the actor signed about the last place of its chain. */
void record_chain_head(struct buf *b, struct record_head head, const struct actor_head *signed_head);

struct record_source {
	const char *name;
	int64_t newest_wall_us; /* 0: nothing was read from it yet */
};

#define RECORD_SOURCES_MAX (SETTINGS_FILES_MAX + 15) /* journal, syslog socket, audit, and sensors */

struct record_health {
	const char *mode;
	const uint8_t *settings_digest; /* 32 bytes; NULL: not known */
	unsigned source_count;
	struct record_source sources[RECORD_SOURCES_MAX];
	unsigned counter_count, problem_count;
	struct record_counter {
		const char *name;
		uint64_t value;
	} counters[RECORD_COUNTERS_MAX];
	const char *problems[RECORD_PROBLEMS_MAX];
};

/* Append a record of problems, counters, the mode and what is read. */
void record_health(struct buf *b, struct record_head head, const struct record_health *health);

/* Append a record that says how many entries a queue has dropped. */
void record_dropped(struct buf *b, struct record_head head, const char *queue, uint64_t count);
