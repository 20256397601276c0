/* SPDX-License-Identifier: Apache-2.0 */
/* Services that are to be down: what stop.c and disable.c share. */
#pragma once

#include "agent/actor/sys/service.h"
#include "agent/actor/sys/service_undo.h"
#include "agent/actor/verb/actor.h"

/*
 * The rails of both verbs, and the look at the service. ERR_PROTECTED: what the guard, its link or log-ins need, the
 * last one unless the order says last_way; ERR_CLOSED: nothing can run a program; and those of service_look(). Then
 * action->why says so.
 */
ERR_CHECK enum err services_judge(struct actor *a, struct action *action, struct service_state *out);

/*
 * Have the service's own program called, with `start` or `stop` (enum verb). ERR_BUSY: it was begun, or goes on;
 * ERR_OK: what was begun before has ended, and `text` says how. Others: it could not be called, and `text` says why.
 */
ERR_CHECK enum err services_call(struct actor *a, uint16_t verb, const char *name, char text[ACTION_WHY_MAX]);

/*
 * Bring one back: have it started unless it runs, and see that it does. ERR_BUSY: not yet; ERR_UNVERIFIED: the call
 * has ended and nothing of it runs. `text` says what was found.
 */
ERR_CHECK enum err services_start(struct actor *a, const char *name, char text[ACTION_WHY_MAX]);

/* The record of the effect that a verb has on the service; false: it is not in force. */
bool services_record(struct actor *a, uint16_t verb, const char *name, struct service_undo *out);

/* Whether it is down; of one with an effect in force also its ports. ERR_UNVERIFIED: action->why says what is there. */
ERR_CHECK enum err services_verify(struct actor *a, struct action *action, struct service_state *out);

/* Look at all that are to be down by that verb: what runs again is stopped again, and a receipt says so when it is
 * down. */
enum err services_reconcile(struct actor *a, uint16_t verb, unsigned *missing);

/* Looks at them every few seconds while there are any. */
extern const struct means services_means;
