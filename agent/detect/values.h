/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows the guard's events to rules under the names that Sigma has for their fields. A field is known by its Sigma name
 * or, where it has none, by its own (event/fields.h); what it is called in a pack is looked up once, when the pack is
 * loaded. Where a program begins to run, the fields of an audit record of it are there as well: `type` is EXECVE, and
 * a0, a1 and so on are its arguments, so that rules for auditd need no auditd. A field that no event of a kind has is
 * not there. What an event is as another record of auditd is a kind of its own (audited.h). Texts are the raw ones,
 * with nothing masked, so whoever tells of an event must not quote them.
 */
#pragma once

#include "agent/detect/audited.h"
#include "agent/detect/gate.h"
#include "agent/event/event.h"
#include "agent/sigma/sigma.h"
#include "proto/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define VALUES_FIELDS_MAX 256u	/* of a pack; those behind are not there */
#define VALUES_LINE EVENT_KINDS /* the kind of a log line by itself, of which the whole text is all there is */
#define VALUES_KINDS AUDITED_KINDS
_Static_assert(VALUES_KINDS <= GATE_KINDS_MAX, "kinds of events are bits of 16");
#define VALUES_TEXT_MAX 4096u /* bytes of all values that are no texts in the event, or of arguments */

/* What the fields of a pack are in each kind of event. */
struct values_map {
	uint32_t fields;
	uint8_t of[VALUES_KINDS][VALUES_FIELDS_MAX];
};

/* Whether events of that kind may have a field of that name. */
bool values_knows(unsigned kind, struct str name);

/* All values that the field can have in events of that kind, where these are a few words. NULL: it has any. */
const struct str *values_words(unsigned kind, struct str name, unsigned *count);

/* Learn the pack's fields. */
void values_learn(struct values_map *m, const struct pack *pack);

/* Whether events of that kind may have the field. */
bool values_has(const struct values_map *m, unsigned kind, uint32_t field);

/*
 * The kinds of events that a rule with this log source is about, as bits; 0: this build has none of them. A category is
 * Sigma's (process_creation, network_connection, file_event) or the name of a kind. auditd is process_creation and
 * those of audited.h. A rule
 * with neither category nor service, or with another service, is about log lines.
 */
uint16_t values_kinds(const struct pack_rule *rule);

/* Whether an event is one that rules judge: a process begins to run a program, a listener is there, a file is. */
bool values_counts(const struct event *event);

/*
 * Whether a log line is of that service: the program that it begins with, behind time and host, has this name, or one
 * that begins with it and a hyphen (sshd-session). Every line is of "syslog", "auth" and of none.
 */
bool values_is_of(struct str line, struct str service);

/* An event being looked at. */
struct values {
	const struct values_map *map;
	const struct event *event;
	uint8_t kind; /* enum event_kind, or VALUES_LINE */
	uint32_t used;
	struct {
		struct str text;
		bool known;
	} cache[VALUES_FIELDS_MAX];
	char text[VALUES_TEXT_MAX];
};

/* Begin to look at an event, which must outlive its use here, as one of that kind: its own, VALUES_LINE, or a record.
 */
void values_begin(struct values *v, const struct values_map *m, const struct event *event, unsigned kind);

/* The value of a field; no data: the event does not have it. It is valid until the next values_begin(). */
struct str values_get(struct values *v, uint32_t field);

/* Text number `at` of the whole event: values of its fields, and its line; a record has none. False: there are no more.
 */
bool values_whole(struct values *v, unsigned at, struct str *out);

/* The row of the field in the event's kind; NULL: the kind has none. */
const struct field *values_field(const struct values *v, uint32_t field);
