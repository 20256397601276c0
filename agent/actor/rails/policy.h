/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what the core may ask for without an order, by the actor's own copy of the settings, so that a core that was
 * taken over can do no more than the rules of this device do. Pure. Rails and budgets are checked besides.
 */
#pragma once

#include "agent/actor/rails/rails.h"
#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

/*
 * Check a request. For a rule the core may ask if the rule exists (ERR_NOT_FOUND) and is enabled, the verb is one of
 * its steps, an address has the prefix that the settings give (/32 of IPv4, of a ban with ban_neighbours also /24;
 * ban_prefix6 or /128 of IPv6), and the time
 * is at most the rule's, or that of a ban ban_time_max if it is more; never with `tree` or `include_me`. For root at
 * the command line it may ask for a verb whose row says `local` (proto/verb.h). ERR_DENIED: all else needs a signed
 * order. On an error `why` is the phrase that ends a receipt's text. The caller has checked the arguments
 * (verb_args_valid), and that rule and account end with a NUL.
 */
ERR_CHECK enum err policy_request(const struct settings *s, const struct actor_act *asked, char why[RAILS_WHY_MAX]);

/* Whether rules only report what they would do: the settings say so, or the core asks for no more. */
bool policy_observes(const struct settings *s, const struct actor_act *asked);

/* How long a ban lasts when nobody says, in seconds: as the rule of that id asks; without a rule, ban_time. */
uint32_t policy_ban_s(const struct settings *s, const char *rule);

/*
 * Whether a rule's step is kept for the quiet hours of the settings, at that minute of the local day; -1: nobody knows
 * it, and there are none. `why` is the phrase that ends a receipt's text.
 */
bool policy_is_quiet(const struct settings *s, const struct actor_act *asked, int minute, char why[RAILS_WHY_MAX]);
