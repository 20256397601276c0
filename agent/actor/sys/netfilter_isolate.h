/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation, for the verb: as isolate_prepare, isolate_set, isolate_check, isolate_is_set and isolate_clear. By
 * iptables there is nothing to prepare, and each check is of the whole.
 */
#pragma once

#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/netfilter.h"

ERR_CHECK enum err netfilter_isolate_prepare(struct netfilter *n, const struct isolate_filter *f);
ERR_CHECK enum err netfilter_isolate_set(struct netfilter *n, const struct isolate_filter *f);
ERR_CHECK enum err netfilter_isolate_check(struct netfilter *n, const struct isolate_filter *f,
					   enum isolate_depth depth);
bool netfilter_isolate_is_set(struct netfilter *n);
ERR_CHECK enum err netfilter_isolate_clear(struct netfilter *n);
