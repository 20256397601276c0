/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation (isolate.h) by chains of iptables and ip6tables that are there while it is in force. What passes is what
 * isolate.h says.
 */
#pragma once

#include "agent/actor/sys/iptables.h"
#include "agent/actor/sys/isolate.h"

/* As isolate_set and isolate_check, one family after the other. */
ERR_CHECK enum err iptables_isolate_set(struct iptables *t, const struct isolate_filter *f);
ERR_CHECK enum err iptables_isolate_check(struct iptables *t, const struct isolate_filter *f);

/* As isolate_is_set and isolate_clear. */
bool iptables_isolate_is_set(struct iptables *t);
ERR_CHECK enum err iptables_isolate_clear(struct iptables *t);
