/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet-filter policy as a device takes it: what becomes of packets by default, and what is granted to whom. Its
 * author writes YAML (server-stub/filter); these bytes are what is signed, sent and kept. All integers are big-endian:
 *
 *   "CTF1"  in:u8 out:u8 forward:u8  log_rate:u16
 *   count:u8 (port:u16) * count                                             decoys
 *   count:u8 (nets:u8 (family:u8 prefix:u8 bytes[4 or 16]) * nets) * count   lists of networks
 *   count:u8 (ranges:u8 (first:u16 last:u16) * ranges) * count               lists of ports
 *   count:u8 (way:u8 what:u8 ports:u8 from:u8 to:u8) * count                 grants
 *
 * Nothing follows, and what decodes encodes to the same bytes: grants and what is in a list are in order, nothing is
 * there twice, no network lies in another one of its list, ranges of ports have a gap between them, and each list is
 * used. Grants only ever allow, so their order decides nothing. Pure.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_NETS_MAX 128 /* in all lists together */
#define FILTER_PORTS_MAX 128
#define FILTER_LISTS_MAX 16 /* of networks, and of ports */
#define FILTER_GRANTS_MAX 24
#define FILTER_DECOYS_MAX 16
#define FILTER_LOG_MAX 1000 /* packets a second */
#define FILTER_BYTES_MAX 3200
#define FILTER_WHY_MAX 128

enum filter_way { FILTER_IN, FILTER_OUT, FILTER_FORWARD, FILTER_WAYS };

enum filter_what {
	FILTER_TCP = 1,
	FILTER_UDP = 2,
	FILTER_PING = 3, /* ICMP echo requests of both families; the answers pass as such */
	FILTER_ANY = 4,	 /* all protocols */
};

struct filter_range {
	uint16_t first, last;
};

/* A part of the policy's networks or ranges. */
struct filter_list {
	uint8_t first, count;
};

struct filter_grant {
	uint8_t way;	  /* enum filter_way */
	uint8_t what;	  /* enum filter_what */
	uint8_t ports;	  /* number of a list from 1; 0: all, as of FILTER_PING and FILTER_ANY */
	uint8_t from, to; /* numbers of lists; 0: everybody. `to` of FILTER_IN and `from` of FILTER_OUT are 0 */
};

struct filter {
	bool drops[FILTER_WAYS]; /* what nothing grants; false: it passes */
	uint16_t log_rate;	 /* packets a second that are logged of what is dropped; 0: none */
	uint8_t decoy_count, net_lists, port_lists, grant_count;
	uint16_t decoys[FILTER_DECOYS_MAX];
	struct filter_list nets_of[FILTER_LISTS_MAX], ports_of[FILTER_LISTS_MAX];
	struct addr nets[FILTER_NETS_MAX];
	struct filter_range ranges[FILTER_PORTS_MAX];
	struct filter_grant grants[FILTER_GRANTS_MAX];
};

/* Append the bytes. What filter_decode gave, or server-stub/filter made, and no other one. */
void filter_encode(struct buf *b, const struct filter *f);

/*
 * Read the bytes and check all of what is said above. ERR_UNSUPPORTED: they are of another version or no policy;
 * ERR_TRUNCATED, ERR_TOO_LONG, ERR_INVALID. Then *out is zero, and `why` is a phrase.
 */
ERR_CHECK enum err filter_decode(struct str bytes, struct filter *out, char why[FILTER_WHY_MAX]);

/* The order of networks in a list, and of grants, as memcmp(3) tells it. */
int filter_order_nets(const struct addr *a, const struct addr *b);
int filter_order_grants(const struct filter_grant *a, const struct filter_grant *b);

/* Whether a list of networks (number from 1, or 0: everybody) has any of that family, 4 or 6. */
bool filter_has_family(const struct filter *f, uint8_t list, uint8_t family);

/* "in", "out", "forward"; "tcp", "udp", "ping", "any". */
const char *filter_way_name(unsigned way);
const char *filter_what_name(unsigned what);

/*
 * Append what the policy says, for people, in lines that have one order: "inbound: drop", "allow in tcp/22 from
 * 10.0.0.0/8".
 */
void filter_describe(struct buf *b, const struct filter *f);
