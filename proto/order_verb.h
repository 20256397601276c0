/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an order asks for, in words: shared by the service, which composes orders for operators, and the command line,
 * which composes those that an operator signs. The actor on the device judges for itself (agent/actor); the checks here
 * only tell an operator sooner.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "proto/order.h"

#include <stdint.h>

#define ORDER_VERB_WHY_MAX 192
#define ORDER_VERB_DURATION_MAX_S (30u * 86400)

/* As enum verb of agent/common/message.h, which a unit test compares. */
enum order_verb {
	ORDER_BAN = 1,
	ORDER_UNBAN = 2,
	ORDER_RESET = 3,
	ORDER_LOGOUT = 4,
	ORDER_KILL = 5,
};

/* "ban", ...; NULL for a number that is no verb. 0 for a name that is none. */
const char *order_verb_name(uint16_t verb);
uint16_t order_verb_number(const char *name);

/* Set the address from text, "192.0.2.1" or "2001:db8::/64". ERR_INVALID. */
ERR_CHECK enum err order_verb_address(struct order *o, const char *text);

/* Whether the verb has what it needs, and nothing it does not: ERR_INVALID or ERR_PROTECTED, `why` is a sentence. */
ERR_CHECK enum err order_verb_check(const struct order *o, char why[ORDER_VERB_WHY_MAX]);

/* "ban 192.0.2.1 for 3600 s", "reset alice", "kill 4711" */
void order_verb_describe(const struct order *o, struct buf *b);
