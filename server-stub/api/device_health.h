/* SPDX-License-Identifier: Apache-2.0 */
/* What a device's last health record says of it besides problems (proto/caltrop/v1/record.proto, Health). */
#pragma once

#include "agent/base/json.h"
#include "caltrop/v1/record.pb-c.h"
#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether a device has the fleet's trust bundle. */
enum device_trust { DEVICE_TRUST_CURRENT = 1, DEVICE_TRUST_BEHIND = 2 };

/* The version of the fleet's trust bundle; 0: there is none, or it cannot be read. */
uint64_t device_health_trust(const struct call *call);

struct device_health {
	Caltrop__V1__Health *record; /* NULL: the device has told nothing */
	int64_t wall_us;	     /* when it did */
};

/* Read it. End with device_health_free(). */
void device_health_read(struct call *call, const uint8_t device[STORE_ID], struct device_health *out);
void device_health_free(struct device_health *h);

/*
 * Write the members of one device: trust_version, trust_behind, mode, settings_digest, tuning_version,
 * tuning_problem, sources, health_time. What the
 * device has not told is null, and there are no sources.
 */
void device_health_put(struct json *j, const struct device_health *h, uint64_t fleet_version);

/* Write only tuning_version, of the service's settings that are in force, and tuning_problem, why such are not. */
void device_health_put_tuning(struct json *j, const struct device_health *h);

/* Whether the device is known to be so. One that has told nothing is neither. */
bool device_health_is(const struct device_health *h, enum device_trust trust, uint64_t fleet_version);
