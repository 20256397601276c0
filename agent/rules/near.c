/* SPDX-License-Identifier: Apache-2.0 */
/* Says whether an address is counted and banned alone or with its network. Rules and response use it. It bans nothing.
 */
#include "agent/rules/near.h"

#include <string.h>

void near_init(struct near *n, const struct settings *settings)
{
	memset(n, 0, sizeof(*n));
	n->settings = settings;
}

void near_learn(struct near *n, const struct actor_nets *state)
{
	n->count = state->count < MESSAGE_NETS_MAX ? state->count : MESSAGE_NETS_MAX;
	memcpy(n->nets, state->nets, n->count * sizeof(n->nets[0]));
}

static bool is_shared(const struct near *n, const struct addr *net)
{
	/* Of link-local addresses, of IPv4 behind NAT64 (RFC 6052, RFC 8215), and of Teredo (RFC 4380): everybody's. */
	static const struct addr everybodys[] = {
		{6, 10, {0xfe, 0x80}},
		{6, 96, {0x00, 0x64, 0xff, 0x9b}},
		{6, 48, {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}},
		{6, 32, {0x20, 0x01, 0x00, 0x00}},
	};

	for (unsigned i = 0; i < sizeof(everybodys) / sizeof(everybodys[0]); i++)
		if (addr_overlaps(&everybodys[i], net))
			return true;
	if (addr_is_special(net))
		return true;
	for (unsigned i = 0; i < n->settings->nat64_count; i++)
		if (addr_overlaps(&n->settings->nat64[i], net))
			return true;
	for (unsigned i = 0; i < n->settings->never_ban_count; i++)
		if (addr_overlaps(&n->settings->never_ban[i], net))
			return true;
	for (unsigned i = 0; i < n->count; i++)
		if (addr_overlaps(&n->nets[i], net))
			return true;
	return false;
}

struct addr near_net(const struct near *n, const struct addr *src)
{
	if (src->family != 6)
		return *src;
	struct addr net = addr_mask(src, n->settings->ban_prefix6);

	return is_shared(n, &net) ? *src : net;
}
