/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the response share. No other folder includes it. */
#pragma once

#include "agent/response/response.h"

/* A free place for a request other than a ban, its request_id set; NULL when all are used. */
struct response_action *response_place(struct response *r);

/* Set the action's due_us, when response_take() or response_tick() handles it. */
void response_due_at(struct response *r, struct response_action *a, int64_t due_us);

/*
 * Ask for the ban that `about` describes, of `src` or of its network (near_net), from about->due_us on. NULL when every
 * entry of the table is asked for.
 */
struct ban *response_want(struct response *r, const struct response_action *about, const struct addr *src,
			  struct now now);

/* Whether the network overlaps never_ban, or is special (addr_is_special), so that it must not be banned. */
bool response_never_ban(const struct response *r, const struct addr *net);
