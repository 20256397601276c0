/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the connections of this machine, listed and destroyed by sys/cut.h. */
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/means.h"
#include "agent/base/say.h"

#include <linux/capability.h>

#include <stdio.h>

static void open_connections(struct actor *a)
{
	size_t cap;
	uint8_t *memory = netfilter_memory(&a->netfilter, &cap);
	enum err err = cut_open(&a->cut, memory, cap);

	if (err != ERR_OK)
		say(SAY_WARNING, "connections cannot be cut: %s", err_text(err));
}

const struct means connections_means = {
	.capabilities = UINT64_C(1) << CAP_NET_ADMIN,
	.open = open_connections,
};
