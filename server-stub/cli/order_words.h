/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of an order as words of the command line, and as JSON:
 *
 *	VERB [WHAT] [NAME=VALUE]... [then|if-done|if-failed VERB ...]...
 *
 * WHAT is the verb's target: an address, an account, a process, a path. Verbs, names and values are those of
 * proto/verb.h.
 */
#pragma once

#include "proto/order.h"

#include <jansson.h>

/* Read them into the order's steps. ERR_INVALID, ERR_UNSUPPORTED, ERR_PROTECTED; then `why` is a sentence. */
ERR_CHECK enum err order_words_read(const char *const *words, unsigned count, struct order *out,
				    char why[ORDER_WHY_MAX]);

/*
 * Put the steps into the body of POST /api/v1/orders, as "verb" and "params" where there is one, else as "steps".
 * ERR_INVALID: a path is no UTF-8, which JSON cannot carry; the body is to be thrown away then.
 */
ERR_CHECK enum err order_words_put(json_t *body, const struct order *order);

/* Append the parameters of a verb as people type them, each behind a space: first those that it needs, then
 * "[duration=SPAN]" for each that may be left out, without the unit that its name ends with in JSON. */
void order_words_params(struct buf *b, const struct verb_row *row);
