/* SPDX-License-Identifier: Apache-2.0 */
/* The journal rewritten from what the actor holds: bans in force, orders taken, the newest undo records. */
#pragma once

#include "agent/actor/verb/actor.h"

/* Errors keep the old journal. */
ERR_CHECK enum err journal_live(struct actor *a);
