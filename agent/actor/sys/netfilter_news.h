/* SPDX-License-Identifier: Apache-2.0 */
/* What other programs did to the guard's packet filter. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NETFILTER_NAME_MAX 24

/* Since the last look. */
struct netfilter_news {
	bool changed;	 /* something of ours was touched by somebody else */
	bool lost;	 /* the kernel dropped notifications: anything may have changed */
	uint32_t by_pid; /* as the first PID namespace counts, not a container's; 0: not known */
	char by_name[NETFILTER_NAME_MAX];
};
