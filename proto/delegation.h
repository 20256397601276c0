/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators let a service do without asking them: an object of kind "delegation" by the name "immunity"
 * (proto/object.h). Its bytes are lines of one section, each key exactly once:
 *
 *   [immunity]
 *   most = 500          addresses that may be banned so at a time; 0: none, which takes the delegation back
 *   widest4 = 32        the shortest prefix of IPv4
 *   widest6 = 64        the shortest prefix of IPv6
 *   longest = 3600      seconds that one ban may last
 *   expires = 1800000000 seconds since 1970, when all of it ends
 *
 * The device's actor holds the service to it; what never_ban covers is out of reach of any delegation.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdint.h>

#define DELEGATION_KIND "delegation"
#define DELEGATION_OBJECT "immunity"
#define DELEGATION_BYTES_MAX 512
#define DELEGATION_WHY_MAX 96
#define DELEGATION_MOST_MAX 100000u
#define DELEGATION_LONGEST_MAX (30u * 86400)
#define DELEGATION_WIDEST4_MIN 16
#define DELEGATION_WIDEST6_MIN 32

struct delegation {
	uint32_t most, longest_s;
	uint8_t widest4, widest6;
	int64_t expires_s;
};

/* Read the bytes. ERR_INVALID: `why` is a sentence, and *out is zero, which allows nothing. */
ERR_CHECK enum err delegation_read(struct str text, struct delegation *out, char why[DELEGATION_WHY_MAX]);

/* Append the bytes that delegation_read() takes. */
void delegation_put(struct buf *b, const struct delegation *d);

/* One ban that a service offers. */
struct delegation_ask {
	struct addr addr;
	int64_t wall_s;	   /* now */
	uint32_t in_force; /* other addresses that are banned so already */
};

/*
 * Whether a ban is within the delegation, and for how long: *duration_s is cut to what one ban may last and to when the
 * delegation expires. ERR_DENIED: there is none (`most` is 0), or the prefix is too wide. ERR_EXPIRED. ERR_BUDGET: so
 * many are in force. Then `why` is a phrase.
 */
ERR_CHECK enum err delegation_allows(const struct delegation *d, const struct delegation_ask *ask, uint32_t *duration_s,
				     char why[DELEGATION_WHY_MAX]);
