/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides when to ask for a new certificate: when two thirds of the old one's lifetime are over, at most once a minute,
 * and once an hour after the service has refused.
 */
#pragma once

#include "agent/base/now.h"

#include <stdbool.h>
#include <stdint.h>

#define RENEWAL_MIN_US MINUTE_US /* between two renewals, however short the certificates are */
#define RENEWAL_REFUSED_US HOUR_US

struct renewal {
	int64_t due_s;	       /* wall time since 1970; 0: the certificate's validity is not known */
	int64_t not_before_us; /* the earliest time of the next request, CLOCK_BOOTTIME */
	bool under_way;	       /* a request was made and not answered yet */
};

/* Set the validity of the certificate in use, in seconds since 1970. */
void renewal_validity(struct renewal *r, int64_t not_before_s, int64_t not_after_s);

/* Whether to ask for a new certificate now. The wall clock should be the service's. */
bool renewal_due(const struct renewal *r, struct now now);

/* Note that a request is made now. */
void renewal_begin(struct renewal *r, struct now now);

/*
 * Note that the service has refused. The next request is due in an hour and spread_us, which differs between devices.
 */
void renewal_refused(struct renewal *r, struct now now, int64_t spread_us);
