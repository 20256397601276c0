/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of proto/caltrop/v1/record.proto, for those who write and read records field by field (proto/wire.h) and have no
 * generated code: the guard, and the service's ingest. Kinds of events have their tags in the rows of their fields.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Record. A body is one of RECORD_AUTH to RECORD_CHAIN_HEAD, or a kind of event behind RECORD_PLACE, up to
 * RECORD_BODY_LAST. */
enum record_tag {
	RECORD_WALL_US = 1,
	RECORD_MONO_US = 2,
	RECORD_SEVERITY = 3,
	RECORD_AUTH = 10,
	RECORD_FINDING = 11,
	RECORD_RECEIPT = 12,
	RECORD_HEALTH = 13,
	RECORD_DROPPED = 14,
	RECORD_CHAIN_HEAD = 15,
	RECORD_PLACE = 16,
	RECORD_BODY_LAST = 63,
};

/* Whether a field of a record is its body, of which it has one; also of a kind that this program does not know. */
static inline bool record_tag_is_body(uint32_t tag)
{
	return tag >= RECORD_AUTH && tag <= RECORD_BODY_LAST && tag != RECORD_PLACE;
}

enum finding_tag {
	FINDING_INCIDENT_ID = 1,
	FINDING_STATE = 2,
	FINDING_RULE_ID = 3,
	FINDING_TITLE = 4,
	FINDING_AUTHOR = 5,
	FINDING_TAGS = 6,
	FINDING_SRC = 7,
	FINDING_USER = 8,
	FINDING_COUNT = 9,
	FINDING_EVIDENCE = 10,
	FINDING_FIRST_WALL_US = 11,
	FINDING_LAST_WALL_US = 12,
	FINDING_SERVICE = 13,
	FINDING_SUBJECT_KIND = 14,
	FINDING_SUBJECT = 15,
	FINDING_LEVEL = 16,
	FINDING_WON = 17,
	FINDING_SCORE = 18,
	FINDING_TOTAL = 19,
	FINDING_LEFT_OUT = 20,
	FINDING_REOPENED = 21,
	FINDING_MERGED_INTO = 22,
	FINDING_LINK = 23,
};

enum receipt_tag {
	RECEIPT_VERB = 1,
	RECEIPT_ORIGIN = 2,
	RECEIPT_RESULT = 3,
	RECEIPT_ERROR = 4,
	RECEIPT_VERIFIED = 5,
	RECEIPT_RULE_ID = 6,
	RECEIPT_INCIDENT_ID = 7,
	RECEIPT_ORDER_ID = 8,
	RECEIPT_ADDR = 9,
	RECEIPT_ACCOUNT = 10,
	RECEIPT_PID = 11,
	RECEIPT_COUNT = 12,
	RECEIPT_DURATION_S = 13,
	RECEIPT_EXPIRES_WALL_US = 14,
	RECEIPT_CAUSE_US = 15,
	RECEIPT_DECIDED_US = 16,
	RECEIPT_RECEIVED_US = 17,
	RECEIPT_JOURNALED_US = 18,
	RECEIPT_ACTED_US = 19,
	RECEIPT_VERIFIED_US = 20,
	RECEIPT_SEALED = 21,
	RECEIPT_TEXT = 22,
	RECEIPT_ARGUMENTS = 23,
	RECEIPT_STEP = 24,
	RECEIPT_STEPS = 25,
	RECEIPT_OUTCOME = 26,
	RECEIPT_REPEAT = 27,
};

enum health_tag {
	HEALTH_COUNTERS = 1,
	HEALTH_PROBLEMS = 2,
	HEALTH_MODE = 3,
	HEALTH_SETTINGS_DIGEST = 4,
	HEALTH_SOURCES = 5,
};

/* Health.Counter. */
enum counter_tag { COUNTER_NAME = 1, COUNTER_VALUE = 2 };

/* ChainPlace and ChainHead (proto/chain.h). */
enum place_tag { PLACE_SEQ = 1, PLACE_PREV_SEQ = 2, PLACE_PREV = 3 };
enum head_tag { HEAD_SEQ = 1, HEAD_HASH = 2, HEAD_SIGNATURE = 3, HEAD_KEY = 4 };
