/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A packet-filter policy as its author writes it, in YAML:
 *
 *	inbound: drop                     # accept or drop: what no entry allows (default: accept)
 *	outbound: accept
 *	forward: drop
 *	networks:
 *	  local: [10.0.0.0/8, fd00::/8]
 *	allow:
 *	  - in: ssh                       # or a list; NAME, tcp/22, udp/5000-5010, tcp, ping, any
 *	    from: local                   # name, network, or a list of both; without it: everybody
 *	  - out: [ntp, tcp/8883]
 *	    to: 192.0.2.0/24
 *	  - forward: tcp/443
 *	    from: local
 *	    to: 192.0.2.7
 *	decoys: [23, 5900]                # ports of [firewall] decoy, open to everybody
 *	log: 10                           # packets a second of what is dropped
 *
 * It becomes a proto/filter.h: entries of one direction and the same networks are one grant.
 */
#pragma once

#include "agent/base/str.h"
#include "proto/filter.h"

#include <stdbool.h>

#define DRAFT_MISTAKES_MAX 32
#define DRAFT_WHY_MAX 240
#define DRAFT_BYTES_MAX (1u << 20)

struct draft_mistake {
	unsigned line, column; /* from 1; 0: the whole file */
	char why[DRAFT_WHY_MAX];
};

/* All that is wrong, in no order; `more`: as many as fit, and others. */
struct draft_mistakes {
	unsigned count;
	bool more;
	struct draft_mistake list[DRAFT_MISTAKES_MAX];
};

/*
 * Read a policy. True: it has no mistake, *out is whole and decodes again. False: *mistakes says why not, each with
 * what to write instead.
 */
bool draft_read(struct str text, struct filter *out, struct draft_mistakes *mistakes);
