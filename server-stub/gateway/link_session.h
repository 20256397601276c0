/* SPDX-License-Identifier: Apache-2.0 */
/* What happens above TLS on a link: the registry's word about the device, its session, its orders, its enrolment. */
#pragma once

#include "server-stub/gateway/link.h"

/* The handshake is done: find out what the peer wants to be, and whether it may. */
void link_session_start(struct link *link);

/* Decrypted bytes. */
void link_session_feed(struct link *link, struct str bytes);

/* Carry out what the session wants; the link may be closed afterwards. */
void link_session_drain(struct link *link);

/* An answer of the writer or the clerk. Draining is left to the caller when the link is marked dirty. */
void link_session_answer(struct link *link, struct job *job);

/* Send an order, unless it went out a moment ago. True: it was sent. */
bool link_session_order(struct link *link, const struct store_order *order);

/* The link is closing: leave the tables. */
void link_session_stop(struct link *link);

/* The device's connection on this loop; NULL. */
struct link *link_session_of(struct loop *loop, const uint8_t device[STORE_ID]);
