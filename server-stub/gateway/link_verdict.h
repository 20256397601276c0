/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only the registry's own entry revokes. What the registry does not know, or what the service's clock says, may be the
 * service's mistake (a restored backup, another database): the device comes back, by its own back-off.
 */
#pragma once

#include "server-stub/gateway/link.h"

#define LINK_VERDICT_OUTDATED "the certificate was replaced by a newer one"
#define LINK_VERDICT_RETRY_S 30 /* that a device waits which the service has trouble of its own to serve */

struct link_verdict {
	const char *reason; /* NULL: it may */
	bool revoked;	    /* do not come back with this certificate */
	bool superseded;    /* somebody has an old copy of the device */
	bool hold;	    /* the device is to wait for approval */
	uint32_t retry_s;   /* 0: the device's back-off */
	int64_t seen_us;    /* of one that may: when it was last seen (registry.h), or later; 0: not known */
	uint64_t group;	    /* hash_name() of that of one that may */
};

extern const struct link_verdict link_verdict_hold;

/* Whether the device of the link's certificate may stay connected. Reads the registry and writes nothing. */
struct link_verdict link_verdict(const struct link *link);
