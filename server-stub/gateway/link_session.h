/* SPDX-License-Identifier: Apache-2.0 */
/* What happens above TLS on a link: looking the device up in the registry, its session, its orders, its enrolment. */
#pragma once

#include "server-stub/gateway/link.h"

/* The functions of this file that a link calls. */
extern const struct link_calls link_session_calls;

/* Carry out the session's effects. The link may be closed when it returns. */
void link_session_drain(struct link *link);

/* Give the link an answer of the writer or the clerk. If the link is `dirty` afterwards, the caller calls
 * link_session_drain. */
void link_session_answer(struct link *link, struct job *job);

/* Send the trust bundle of the loop, if there is one. The caller drains. */
void link_session_trust(struct link *link);

/* Have its device ban what its group does; one that is not welcomed yet gets it later. The caller drains. */
void link_session_immunity(struct link *link, const struct offer *offer);

/* End the session if its device's certificate is none of those that the registry has in use. */
void link_session_outdated(struct link *link);

/* Send an order, unless it is one of the LINK_ORDERS_KEPT sent last. True: it was sent. */
bool link_session_order(struct link *link, const struct registry_order *order);
