/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Means: the guard's own part of the packet filter. It is set up at start, watched, and put back when somebody else
 * damages it; the rows that work with it (ACTION_NEEDS_FIREWALL) put back what they have in force. nf_tables tells of
 * changes; iptables does not, and is looked at each second while there is something in force, or packets are logged.
 */
#pragma once

#include "agent/actor/verb/actor.h"

/*
 * Read what others did to it, and put it back: at once, or later if that happens too often. Of iptables that is what
 * they had done FIREWALL_FRESH_US ago, so that a thousand bans in a row do not look a thousand times.
 */
#define FIREWALL_FRESH_US 100000
void firewall_watch(struct actor *a);

/* The rails or the machine's addresses changed: let the rows look at what they have in force. */
void firewall_recheck(struct actor *a);
