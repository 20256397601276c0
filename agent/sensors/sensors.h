/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sensors that keep a state: what a log decoder (sensors/log) cannot be, because its input is no line or because one
 * event needs what earlier inputs said. Each is a row: a pure decoder of one source's bytes, which emits any number of
 * events, and the tables that `caltrop local table NAME` shows. The memory of the state is part of the core's and is
 * given at start; its limits are Kconfig's.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"
#include "agent/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a sensor's events go. The event's texts are borrowed for the call. */
struct sensors_sink {
	void (*emit)(void *context, const struct event *event);
	void *context;
};

/* Something that a sensor knows now, shown row by row. */
struct sensors_table {
	const char *name; /* "processes" */

	/* Fill in row number `row`, from 0 on, as an event. False: there are no more. Its texts lie in the state. */
	bool (*row)(const void *state, uint32_t row, struct event *out);
};

struct sensors_counter {
	const char *name;
	uint64_t value;
};

#define SENSORS_COUNTERS_MAX 6u
#define SENSORS_TABLES_MAX 2u

struct sensors_row {
	const char *name;    /* "process" */
	const char *section; /* of the settings, by which health names its source: "process" */
	uint16_t source;     /* enum sensors_source: whose bytes it decodes */
	uint16_t kinds;	     /* of the events that it makes: bits of enum event_kind */
	size_t size;	     /* bytes of its state, zero at start unless there is an init */

	/* Decode one input of the source, at most 64 KiB. Damaged bytes are counted and make no event. */
	void (*decode)(void *state, struct str bytes, struct now now, const struct sensors_sink *sink);

	/* Why it sees nothing with these settings, and what to set. NULL: it is on. */
	const char *(*off)(const struct settings *settings);

	/* The members below may be NULL. */

	/*
	 * Begin the state, before any input, in memory that may hold anything: a large table is not cleared, so that
	 * its pages are written only as it fills. The settings outlive the state.
	 */
	void (*init)(void *state, const struct settings *settings);

	/* What it does by time, and when: CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
	void (*tick)(void *state, struct now now, const struct sensors_sink *sink);
	int64_t (*deadline)(const void *state);

	/* Its counters, and a sentence about what it cannot see (NULL: nothing); the sentence lies in the state. */
	unsigned (*counters)(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX]);
	const char *(*problem)(const void *state);

	/* That process, also if it ended just now, its parent and so on, up to 1; how many are known, at most `max`. */
	unsigned (*lineage)(void *state, uint32_t pid, struct process_kin out[], unsigned max);

	/* Add to another sensor's event what this one knows of it; the texts lie in the state until the next call. */
	void (*complete)(void *state, struct event *event, struct now now);

	struct sensors_table tables[SENSORS_TABLES_MAX]; /* a row without a name: none */
};

/* The numbers of sources whose bytes are no lines, beside those of core/core.h. */
enum sensors_source {
	SENSORS_SOURCE_PROCESS = 0xfffc,  /* common/process_sample.h */
	SENSORS_SOURCE_SOCKET = 0xfff9,	  /* common/socket_sample.h */
	SENSORS_SOURCE_PACKET = 0xfff8,	  /* common/packet_sample.h */
	SENSORS_SOURCE_FILE = 0xfff5,	  /* common/lookout_sample.h */
	SENSORS_SOURCE_SESSION = 0xfff6,  /* common/lookout_sample.h */
	SENSORS_SOURCE_UEVENT = 0xfff7,	  /* sensors/uevent_text.h */
	SENSORS_SOURCE_EXPOSURE = 0xfff4, /* common/exposure_sample.h */
	SENSORS_SOURCE_ACCOUNT = 0xfff3,  /* common/lookout_sample.h */
};

/* The rows, each in the file of its name. */
extern const struct sensors_row process_sensor_row;
extern const struct sensors_row socket_sensor_row;
extern const struct sensors_row packet_sensor_row;
extern const struct sensors_row file_sensor_row;
extern const struct sensors_row module_sensor_row;
extern const struct sensors_row peripheral_sensor_row;
extern const struct sensors_row session_sensor_row;
extern const struct sensors_row exposure_sensor_row;
extern const struct sensors_row account_sensor_row;

/* All sensors with a state in this build, ended by NULL. */
extern const struct sensors_row *const sensors_rows[];
