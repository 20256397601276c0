/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates by which this device knows its service: of the trust bundle, or of its enrolment without one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FLEET_CA_BYTES_MAX 16384

struct fleet_ca {
	uint64_t version; /* of the trust bundle that they are of; 0: of none */
	size_t len;
	char pem[FLEET_CA_BYTES_MAX]; /* and a NUL that is not counted */
};

/* Read them from the trust directory. None at all (len 0): there are none, or they cannot be read. */
void fleet_ca_read(int dir, struct fleet_ca *out);
