/* SPDX-License-Identifier: Apache-2.0 */
/* Records (proto/caltrop/v1/record.proto) in JSON, and whether one is asked for. */
#pragma once

#include "agent/base/json.h"
#include "caltrop/v1/record.pb-c.h"
#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stdint.h>

/* What a list or stream of records is narrowed to; empty and 0 mean all. */
struct record_filter {
	unsigned kind;		    /* 1 auth, 2 finding, 3 receipt, 4 health, 5 dropped */
	int64_t since_us, until_us; /* of the device's clock */
	char src[64], user[64], outcome[32];
	bool has_device;
	uint8_t device[STORE_ID];
};

#define RECORD_KINDS "auth finding receipt health dropped"

bool record_matches(const struct record_filter *f, const Caltrop__V1__Record *r);

/* The members of a record (not the braces): time, severity, kind, and an object named like the kind. */
void record_put(struct json *j, const Caltrop__V1__Record *r);

/* The members of a receipt; sealed secrets only with_sealed. */
void record_put_receipt(struct json *j, const Caltrop__V1__Receipt *r, bool with_sealed);

/* A stored receipt as an object, with device and time. */
void record_put_stored(struct call *call, struct json *j, const struct store_receipt *stored);
