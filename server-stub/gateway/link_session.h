/* SPDX-License-Identifier: Apache-2.0 */
/* What happens above TLS on a link: the registry's word about the device, its session, its orders, its enrolment. */
#pragma once

#include "server-stub/gateway/link.h"

/* What a link calls of this file. */
extern const struct link_calls link_session_calls;

/* Carry out what the session wants; the link may be closed afterwards. */
void link_session_drain(struct link *link);

/* An answer of the writer or the clerk. Draining is left to the caller when the link is marked dirty. */
void link_session_answer(struct link *link, struct job *job);

/* Send an order, unless it went out a moment ago. True: it was sent. */
bool link_session_order(struct link *link, const struct store_order *order);
