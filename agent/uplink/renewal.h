/* SPDX-License-Identifier: Apache-2.0 */
/* When to ask for a new certificate: at two thirds of the old one's life, at most once a minute, hourly when
 * refused. */
#pragma once

#include "agent/base/now.h"

#include <stdbool.h>
#include <stdint.h>

#define RENEWAL_MIN_US MINUTE_US /* between two renewals, however short the certificates are */
#define RENEWAL_REFUSED_US HOUR_US

struct renewal {
	int64_t due_s;	       /* wall time since 1970; 0: nothing known of the certificate */
	int64_t not_before_us; /* CLOCK_BOOTTIME */
	bool under_way;
};

void renewal_validity(struct renewal *r, int64_t not_before_s, int64_t not_after_s);
bool renewal_due(const struct renewal *r, struct now now);
void renewal_begin(struct renewal *r, struct now now);

/* `spread_us`: later by so much, so that a fleet does not ask in step. */
void renewal_refused(struct renewal *r, struct now now, int64_t spread_us);
