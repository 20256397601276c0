/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the response share. No other folder includes it. */
#pragma once

#include "agent/response/response.h"

/* A free place for a request other than a ban, with its number; NULL without one. */
struct response_action *response_place(struct response *r);

/* When it is to be looked at. */
void response_due_at(struct response *r, struct response_action *a, int64_t due_us);

/*
 * Ask for the ban that `about` describes, of `src` or the network it is in, from about->due_us on. NULL when every
 * entry of the table is asked for.
 */
struct ban *response_want(struct response *r, const struct response_action *about, const struct addr *src,
			  struct now now);

/* The settings or its nature forbid to ban any of it. */
bool response_never_ban(const struct response *r, const struct addr *net);
