/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for an order's receipts on the connection it was pushed over. */
#pragma once

#include "server-stub/cli/rest.h"

#include <jansson.h>

#include <stdint.h>

struct order_wait {
	json_t *order;	  /* the answer to the push; brought up to date */
	int64_t start_us; /* clock_mono_us() before the push */
	int64_t timeout_ms;
};

/* Print receipts as they come (or with --json the order at the end). Returns the exit status. */
int order_wait(struct rest *r, const struct order_wait *w);
