/* SPDX-License-Identifier: Apache-2.0 */
/* The response's part of the saved state, for the core; base/saved.h says how such functions work. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/saved.h"
#include "agent/base/view.h"
#include "agent/response/response.h"

#include <stdint.h>

/*
 * Three sections: bans that were decided and have no answer yet, in their order; other requests without an answer; and
 * bans in force. Each save returns how many entries found no room in b.
 */
uint32_t response_save_wanted(const struct response *r, struct buf *b);
uint32_t response_save_actions(const struct response *r, struct buf *b);
uint32_t response_save_bans(const struct response *r, struct buf *b, struct now now);

/*
 * Ask again for what was not answered. A request is left out when it makes no sense any more. It is also left out when
 * its rule is not loaded, because the actor refuses what nobody may ask for; returns how many requests those are.
 */
uint32_t response_restore_wanted(struct response *r, struct view *v, const struct saved_as *as);
uint32_t response_restore_actions(struct response *r, struct view *v, const struct saved_as *as);

/* Put bans back. Each keeps its rule, also one that is not loaded. */
void response_restore_bans(struct response *r, struct view *v, const struct saved_as *as);
