/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core may ask for by itself, by the actor's own copy of the settings: a core that was taken over gets what
 * the rules of this device do and no more. Pure. Rails and budgets come on top.
 */
#pragma once

#include "agent/actor/rails/rails.h"
#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

/*
 * Whether it may. In a rule's name: the rule exists (ERR_NOT_FOUND) and is enabled, the verb is one of its steps, an
 * address has the prefix that the settings give (/32 of IPv4; ban_prefix6 or /128 of IPv6), and the time is at most the
 * rule's. From root at the command line: `unban`. All else is refused with ERR_DENIED, since it takes a signed order.
 * `why` gets the phrase that ends a receipt's text. The arguments are valid (verb_args_valid), rule and account end
 * with a NUL.
 */
ERR_CHECK enum err policy_request(const struct settings *s, const struct actor_act *asked, char why[RAILS_WHY_MAX]);

/* Whether rules only report what they would do: the settings say so, or the core asks for no more. */
bool policy_observes(const struct settings *s, const struct actor_act *asked);

/* How long a ban lasts when nobody says, in seconds: as the rule of that id asks; without a rule, ban_time. */
uint32_t policy_ban_s(const struct settings *s, const char *rule);
