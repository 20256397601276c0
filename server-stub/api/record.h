/* SPDX-License-Identifier: Apache-2.0 */
/* Writes records (proto/caltrop/v1/record.proto) as JSON, and filters them. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/json.h"
#include "caltrop/v1/record.pb-c.h"
#include "server-stub/api/call.h"
#include "server-stub/store/views.h"

#include <stdbool.h>
#include <stdint.h>

#define RECORD_PROCESS_MAX 256

/* The filter of a list or stream of records; empty text and 0 mean all. */
struct record_filter {
	uint32_t kind;		    /* of record_kind() */
	int64_t since_us, until_us; /* of the device's clock */
	char src[ADDR_TEXT_MAX], user[64], outcome[32];
	char process[RECORD_PROCESS_MAX]; /* its number, or its program: the path, or the last part of that */
	char rule[STORE_NAME_MAX];	  /* its id: of findings and receipts */
	char group[STORE_NAME_MAX];	  /* that the device is in now */
	bool has_device;
	uint8_t device[STORE_ID];
};

/* The kind of records of that name, "auth"; 0: this service knows no such kind. */
uint32_t record_kind(struct str name);

/* Append the names of all kinds, each after a blank. */
void record_kinds(struct buf *b);

/*
 * The outcomes that records of the kind can have, words with blanks between; of all kinds for 0. Empty: the kind has
 * none.
 */
const char *record_outcomes(uint32_t kind);

/* The number of the process that the filter asks for; 0: none. */
uint32_t record_pid(const struct record_filter *f);

/* Whether the record passes the filter, but for its device and group, which are of the batch. */
bool record_matches(const struct record_filter *f, const Caltrop__V1__Record *r);

/* Write the members of a record, without braces: time, severity, kind, and an object named like the kind. */
void record_put(struct json *j, const Caltrop__V1__Record *r);

/* Write the members of a receipt; its sealed secret only if with_sealed. */
void record_put_receipt(struct json *j, const Caltrop__V1__Receipt *r, bool with_sealed);

/* Write a stored receipt as an object, with device and time. */
void record_put_stored(struct call *call, struct json *j, const struct views_receipt *stored);
