/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules count by and what an incident is about: a kind, and a value of that kind. Which field of an event has the
 * value is said by the field's row (FIELD_IS_SRC and the following). The src of an attempt is what the attempt says.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/str.h"
#include "agent/base/view.h"
#include "agent/event/fields.h"
#include "agent/rules/attempt.h"

#include <stdbool.h>
#include <stdint.h>

/* The numbers are in saved states, so they are never changed. */
enum subject_kind {
	SUBJECT_SRC = 0,     /* the address, or the host name, that it came from */
	SUBJECT_ACCOUNT = 1, /* of this device */
	SUBJECT_PROCESS = 2, /* a program that runs, and its number */
	SUBJECT_FILE = 3,    /* a path */
	SUBJECT_DEVICE = 4,  /* this device; it has no value */
	SUBJECT_KINDS = 5,
};

#define SUBJECT_VALUE_MAX 96			   /* bytes of a value that is a text; the rest is cut */
#define SUBJECT_TEXT_MAX (SUBJECT_VALUE_MAX + 16u) /* bytes for subject_text() */

struct subject {
	uint8_t kind; /* enum subject_kind */
	uint8_t len;
	bool alias;	  /* PROCESS: the value is what rules know it by, and another file runs: an applet's name */
	uint32_t pid;	  /* PROCESS; 0: not known */
	struct addr addr; /* SRC; family 0: its name is the value */
	char value[SUBJECT_VALUE_MAX];
};

/* A value as an event has it, before it is cut; the text is borrowed from event or attempt, or in `scratch`. */
struct subject_found {
	struct addr addr;
	uint32_t pid;
	struct str text;
	char scratch[FIELD_TEXT_MAX];
};

/*
 * Read the event's subject of that kind. `attempt` is what the event counts as; NULL: it counts as none. False: the
 * event names none.
 */
bool subject_find(uint8_t kind, const struct event *event, const struct attempt *attempt, struct subject_found *out);

/* The same as a value that can be kept. When the event names none, only the kind is set. */
struct subject subject_of(uint8_t kind, const struct event *event, const struct attempt *attempt);

/* The number of the process that the event names; 0: it names none. */
uint32_t subject_pid(const struct event *event);

/* Whether events of this kind can name such a subject. */
bool subject_is_named(uint8_t kind, uint8_t event_kind);

/* "src", "account", "process", "file", "device". Never NULL. */
const char *subject_kind_name(uint8_t kind);

/* The value for people and records, without control bytes: "192.0.2.1", "alice", "/bin/nc[815]"; of a device "". */
struct str subject_text(const struct subject *s, char text[SUBJECT_TEXT_MAX]);

/* Append it to the saved state: up to SUBJECT_SAVED bytes. */
#define SUBJECT_SAVED (24u + SUBJECT_VALUE_MAX)
void subject_save(const struct subject *s, struct buf *b);

/* Read it back. False: it makes no sense. */
bool subject_restore(struct subject *s, struct view *v);
