/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: takes a request through its row's steps and sends exactly one receipt for it. */
#pragma once

#include "agent/actor/verb/action.h"

#include "agent/base/now.h"

#include <stdint.h>

/* Begin what `receipt` asks for (origin, args, rule, incident, order_id, the times known so far, header.request_id). */
void act_begin(struct actor *a, const struct actor_receipt *receipt, bool observe);

/* Answer a request that is not going to be tried: RECEIPT_REFUSED with err and why. */
void act_refuse(struct actor *a, const struct actor_receipt *receipt, enum err err, const char *why);

/* Call the steps that are due again. */
void act_continue(struct actor *a, int64_t mono_us);

/* When act_continue has something to do; INT64_MAX: nothing waits. */
int64_t act_next_us(const struct actor *a);

/* "198.51.100.7", "account bob" or "process 4711". */
const char *act_target(const struct verb_args *args, char text[static 64]);

/* "10 min", "36 h", "90 s". */
const char *act_duration(uint32_t seconds, char text[static 16]);
