/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps whom the actor trusts: reads the trust directory when it changed, and takes newer trust bundles. */
#pragma once

#include "agent/actor/verb/actor.h"
#include "agent/base/str.h"

/* Read the trust directory again if it has changed, and note in health what is in force. */
void trustee_refresh(struct actor *a);

/*
 * Take a sealed trust bundle that the service sent, if it may take the place of what is trusted now
 * (proto/succession.h): it is durable and in force on return. Whatever becomes of it is in a->health.
 */
void trustee_take(struct actor *a, struct str sealed);
