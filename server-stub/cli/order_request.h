/* SPDX-License-Identifier: Apache-2.0 */
/* What `caltrop order push`, `effect undo` and `playbook push` ask for, as the body of POST /api/v1/orders: plain, or
 * signed here by operators' keys. */
#pragma once

#include "proto/order.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/rest.h"

#include <jansson.h>

struct order_request {
	const struct opts_list *words; /* the steps, see order_words.h; NULL: */
	const struct order *steps;     /* these */
	const struct opts_list *devices;
	const char *group;
	bool all;
	int64_t duration_s, start_ticks; /* of its steps that take them; 0: as their words say */
	int64_t expires_s;
	bool dry_run;		      /* devices only say what they would do */
	const struct opts_list *keys; /* whose signatures it gets; none: the service signs */
};

/* The body. NULL after saying why, with *status the exit status. */
json_t *order_request_body(const struct order_request *o, struct rest *r, int *status);
