/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits (netfilter_limit.h) by iptables' match `limit`, which counts ten thousandths of a second: a rate becomes the
 * next lower one of 10,000, 5,000, 3,333, 2,500 and so on.
 */
#pragma once

#include "agent/actor/sys/iptables.h"
#include "agent/actor/sys/netfilter_limit.h"

#define IPTABLES_LIMIT_RATE_MAX 10000u /* packets a second */

/* As netfilter_limit_set and netfilter_limit_check, one family after the other. ERR_INVALID: a rate above the limit. */
ERR_CHECK enum err iptables_limit_set(struct iptables *t, const struct netfilter_limit *list, unsigned count);
ERR_CHECK enum err iptables_limit_check(struct iptables *t, const struct netfilter_limit *list, unsigned count);
