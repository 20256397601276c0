/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IPv4 or IPv6 address or prefix, as a plain value. One host is one value: an IPv6 address that only carries an IPv4
 * one (addr_plain) becomes the IPv4 address wherever an address is read. The names with `wire` are for who sends and
 * filters packets: they keep the form that packets have. The parsers accept a zone ("fe80::1%eth0", RFC 4007) and drop
 * it.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/base/str.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stdint.h>

#define ADDR_SAVED 18u
#define ADDR_TEXT_MAX 64 /* "xxxx:...:xxxx/128" and a NUL, with room */

struct addr {
	uint8_t family;	   /* 0 none, 4, 6 */
	uint8_t prefix;	   /* bits: 32 or 128 for a single address */
	uint8_t bytes[16]; /* network order, IPv4 in the first four; bits past the prefix are zero */
};

/*
 * Parse a single address. ERR_INVALID: the text is anything else, for instance a host name or a prefix; *out is zero.
 */
ERR_CHECK enum err addr_parse(struct str text, struct addr *out);

/* Parse "address" or "address/bits", and clear the bits past the prefix. ERR_INVALID: the text is neither. */
ERR_CHECK enum err addr_parse_prefix(struct str text, struct addr *out);

/* An address of family 4 or 6 from its 4 or 16 bytes in network order, as the kernel has them. */
struct addr addr_from_bytes(uint8_t family, const void *bytes);

/*
 * The IPv4 address or network that an IPv6 one carries: mapped, "::ffff:192.0.2.1" (RFC 4291 2.5.5.2), or of NAT64,
 * "64:ff9b::192.0.2.1" (RFC 6052 2.1). Any other one, and a whole /96 of these, stays as it is.
 */
struct addr addr_plain(const struct addr *a);

/* The three of above for packets: a NAT64 address stays IPv6. A mapped one becomes IPv4, as the packets of it are. */
ERR_CHECK enum err addr_parse_wire(struct str text, struct addr *out);
ERR_CHECK enum err addr_parse_prefix_wire(struct str text, struct addr *out);
struct addr addr_wire(uint8_t family, const void *bytes);

/* Whether the network holds all of IPv4, as NAT64 carries it: "64:ff9b::/96" and wider. */
bool addr_holds_nat64(const struct addr *net);

/* Append the address as text (RFC 5952), and "/bits" when it is a prefix. Family 0 appends nothing. */
void addr_put(struct buf *b, const struct addr *a);

/* Write the same text into a NUL-terminated array, and return the array. */
const char *addr_text(const struct addr *a, char text[static ADDR_TEXT_MAX]);

/* Append the address to a saved state: ADDR_SAVED bytes. */
void addr_save(struct buf *b, const struct addr *a);

/* Take a saved address. Family 0: it is none, or makes no sense. */
struct addr addr_restore(struct view *v);

/* Whether family, prefix and bytes are equal. */
bool addr_equal(const struct addr *a, const struct addr *b);

/* A hash of family, prefix and bytes under the key, for tables. */
uint64_t addr_hash(const struct hash_key *key, const struct addr *a);

/* Whether all addresses of a lie in net. False when either has family 0. */
bool addr_contains(const struct addr *net, const struct addr *a);

/* Whether the two have an address in common. */
bool addr_overlaps(const struct addr *a, const struct addr *b);

/* The prefix of `bits` bits that a lies in. When the prefix of a has no more bits than that, a itself. */
struct addr addr_mask(const struct addr *a, uint8_t bits);

/* Whether it is an address of the machine itself that no other one can reach: 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct addr *a);

/*
 * Whether a has an address that no remote host can have: loopback, "this network", unspecified, multicast or broadcast
 * (RFC 6890, RFC 5771, RFC 4291). The guard never bans one.
 */
bool addr_is_special(const struct addr *a);
