/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: composed and signed here, or signed by an operator and passed on; who has carried them out, and how. */
#pragma once

#include "proto/order.h"
#include "server-stub/api/call.h"

#define ORDERS_WINDOW_DEFAULT_S 3600
#define ORDERS_BEFORE_S 300    /* how far a device's clock may be behind ours */
#define ORDERS_ANSWER_MAX 1000 /* targets in the answer to a push */

void orders_list(struct call *call); /* GET ?limit= after= */
void orders_show(struct call *call);
void orders_push(struct call *call);   /* POST; orders_push.c */
void orders_sign(struct call *call);   /* POST {signatures}: of one that needs more; orders_sign.c */
void orders_cancel(struct call *call); /* POST; not for devices that it was sent to; orders_cancel.c */
void orders_stream(struct call *call); /* GET; orders_stream.c */

/* The order that the path names, by id or its first digits. false after an error answer. */
bool orders_find(struct call *call, struct registry_order *o);

/* Whoever waits for the order call->id sees its change: once it is durable. */
void orders_tell(struct call *call);

/* Send api->order to api->order_devices: once it is durable. */
void orders_hand_over(struct call *call);

/* Write the id and what the order says into call->detail, for the audit log. */
void orders_note(struct call *call, const struct registry_order *o);

/* The order as an object, with at most `targets_max` targets, and receipts. Store errors. */
ERR_CHECK enum err orders_put(struct call *call, struct json *j, const struct registry_order *o, unsigned targets_max);

/* One target as members of an object that is open. */
void orders_put_target(struct api *api, struct json *j, const struct registry_target *t);

/* "pending", "sent", ..., and whether it will not change any more. */
const char *orders_state(uint8_t state);
bool orders_final(uint8_t state);
