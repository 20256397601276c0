/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IPv4 or IPv6 address or prefix. IPv4-mapped IPv6 (RFC 4291 2.5.5.2) becomes plain IPv4 when parsed, so that
 * one attacker is one key. A zone ("fe80::1%eth0", RFC 4007) is accepted and kept out of the value.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define ADDR_TEXT_MAX 64 /* "xxxx:...:xxxx/128" and a NUL, with room */

struct addr {
	uint8_t family;	   /* 0 none, 4, 6 */
	uint8_t prefix;	   /* bits: 32 or 128 for a single address */
	uint8_t bytes[16]; /* network order, IPv4 in the first four; bits past the prefix are zero */
};

/* Parse a single address. ERR_INVALID: not one (host names, ports, prefixes are not). */
ERR_CHECK enum err addr_parse(struct str text, struct addr *out);

/* Parse "address" or "address/bits"; bits past the prefix are cleared. ERR_INVALID. */
ERR_CHECK enum err addr_parse_prefix(struct str text, struct addr *out);

/* RFC 5952 text; "/bits" follows unless it is a single address. Family 0 writes nothing. */
void addr_put(struct buf *b, const struct addr *a);

/* The same into a NUL-terminated array; returns it. */
const char *addr_text(const struct addr *a, char text[static ADDR_TEXT_MAX]);

bool addr_equal(const struct addr *a, const struct addr *b);

/* Whether net covers all of a. */
bool addr_contains(const struct addr *net, const struct addr *a);

/* Whether the two share an address. */
bool addr_overlaps(const struct addr *a, const struct addr *b);

/* The prefix of `bits` that a lies in; a when it is not wider already. */
struct addr addr_mask(const struct addr *a, uint8_t bits);

/* Loopback, unspecified, link-local multicast and broadcast: never worth a ban (RFC 6890 registries). */
bool addr_is_special(const struct addr *a);
