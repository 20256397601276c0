/* SPDX-License-Identifier: Apache-2.0 */
/* What a device's last health record says of it besides problems (proto/caltrop/v1/record.proto, Health). */
#pragma once

#include "agent/base/json.h"
#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether a device has the fleet's trust bundle. */
enum device_trust { DEVICE_TRUST_CURRENT = 1, DEVICE_TRUST_BEHIND = 2 };

/* The version of the fleet's trust bundle; 0: there is none, or it cannot be read. */
uint64_t device_health_trust(const struct call *call);

/*
 * Write the members of one device: trust_version, trust_behind, mode, settings_digest, sources, health_time. What the
 * device has not told is null, and there are no sources.
 */
void device_health_put(struct call *call, const uint8_t device[STORE_ID], uint64_t fleet_version);

/* Whether the device is known to be so. One that has told nothing is neither. */
bool device_health_is(struct call *call, const uint8_t device[STORE_ID], enum device_trust trust,
		      uint64_t fleet_version);
