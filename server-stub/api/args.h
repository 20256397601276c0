/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of verbs in JSON, by the table of parameters in proto/verb.h. */
#pragma once

#include "proto/order.h"
#include "server-stub/api/call.h"

#include <jansson.h>

#include <stdbool.h>

/* The arguments that were given as members of an object that is open: text, numbers, true, or a list of networks. */
void args_put(struct json *j, const struct verb_args *args);

/*
 * Read a step, {"verb": NAME, "params": {...}}, with "when" where it is one of several. Members that the verb does not
 * take are left to order_check_steps(). false after an error answer.
 */
bool args_read_step(struct call *call, json_t *object, struct order_step *out);
