/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that are expected: known by name, group and labels before they join, with the token or the serial number of
 * the factory certificate by which each does. Who brings that token, or that certificate, is the device
 * (fleet_enroll.h), and finds all that in its row.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/token.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/roster.h"

#define FLEET_EXPECT_WHY_MAX 256

struct fleet_expect_request {
	const struct roster_row *row;
	struct str text;		  /* of the whole roster: the line of a namesake is looked for in it */
	struct fleet_token_request token; /* for the one that is made; group, device and uses are the row's */
	int64_t wall_us;
};

struct fleet_expect_result {
	struct registry_device device;
	struct registry_token token;
	char text[TOKEN_TEXT_MAX]; /* of the token that was made; "": the row has a token or a serial number */
	char why[FLEET_EXPECT_WHY_MAX];
};

/*
 * Add the device of a row, DEVICE_EXPECTED, and bind the row's token to it, which must be of this fleet, valid, unused
 * and for one device (its end stays), and the row's serial number, which no other device may have; for a row without
 * both, make a token. A row that names no factory means the only one. Inside a transaction of the caller, who wipes
 * out->text. ERR_EXISTS (the name or the number is not free), ERR_INVALID (the row's token or factory): out->why is a
 * sentence without its end. Others are
 * the store's, the fleet's files' and the random source's.
 */
ERR_CHECK enum err fleet_expect(const struct fleet *f, struct store *s, const struct fleet_expect_request *r,
				struct fleet_expect_result *out);
