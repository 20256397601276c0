/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events in files of JSON, one object a line, as packs are tried on. Members are fields by their Sigma names; what is
 * in an object within is found by its name with dots ("process.name"), and of a list each element. Numbers are texts in
 * digits, true and false are words, null is a field without a value. The object `logsource` says which rules are for
 * the event; it is no field.
 *
 * An event of a log source that the guard itself has may be several, and says how many by `count`; one with another
 * log source, or whose `count` rules ask for, is one.
 *
 * The time of an event is the first of these fields that it has and that agent/sigma/moment.h can read: timestamp,
 * @timestamp, UtcTime, EventTime, time, ts, TimeGenerated, TimeCreated, SystemTime, event.created, eventTime,
 * event_time, _time, datetime. One without is as late as the one before it.
 */
#pragma once

#include "agent/sigma/sigma.h"

#include <stdio.h>

#define SIGMA_EVENTS_LINE_MAX (1u << 20) /* bytes of a line */
#define SIGMA_EVENTS_VALUES_MAX 8192	 /* of an event, with those of lists */
#define SIGMA_EVENTS_DEPTH_MAX 32	 /* objects and lists within each other */

struct sigma_events;

/* Begin to read a file, "-" for standard input, for a pack, which must stay. NULL after a message. */
struct sigma_events *sigma_events_open(const char *file, const struct pack *pack);
void sigma_events_close(struct sigma_events *s);

/* Read the next event. OPTS_GO_ON; COMMAND_OK: there is none left; COMMAND_FAILED after a message. */
int sigma_events_next(struct sigma_events *s);

/* What the present event is: its number from 1, empty lines not counted; its values; its time; how often it
 * happened; its log source. */
uint64_t sigma_events_number(const struct sigma_events *s);
const struct sigma_event *sigma_events_event(const struct sigma_events *s);
int64_t sigma_events_time_us(const struct sigma_events *s);
uint32_t sigma_events_times(const struct sigma_events *s);
bool sigma_events_applies(const struct sigma_events *s, const struct pack_rule *rule);
