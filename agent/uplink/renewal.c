/* SPDX-License-Identifier: Apache-2.0 */
/* Decides when to renew the certificate. Pure. */
#include "agent/uplink/renewal.h"

void renewal_validity(struct renewal *r, int64_t not_before_s, int64_t not_after_s)
{
	r->due_s = not_after_s > not_before_s ? not_before_s + (not_after_s - not_before_s) / 3 * 2 : 0;
}

bool renewal_due(const struct renewal *r, struct now now)
{
	return r->due_s && !r->under_way && now.mono_us >= r->not_before_us && now.wall_us / SECOND_US >= r->due_s;
}

void renewal_begin(struct renewal *r, struct now now)
{
	r->under_way = true;
	r->not_before_us = now.mono_us + RENEWAL_MIN_US;
}

void renewal_refused(struct renewal *r, struct now now, int64_t spread_us)
{
	r->under_way = false;
	r->not_before_us = now.mono_us + RENEWAL_REFUSED_US + spread_us;
}
