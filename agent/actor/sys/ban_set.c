/* SPDX-License-Identifier: Apache-2.0 */
/* Which set an address goes into, for whoever bans or reads bans. */
#include "agent/actor/sys/ban_set.h"

#include "proto/verb.h"

#include <string.h>

static const struct {
	const char *name;
	uint8_t family, prefix; /* prefix 0: any other, in an interval set */
} sets[BAN_SETS_MAX] = {
	[BAN_SET4] = {"ban4", 4, 32},	    [BAN_SET4_24] = {"ban4_24", 4, 24},	 [BAN_SET6] = {"ban6", 6, 128},
	[BAN_SET6_64] = {"ban6_64", 6, 64}, [BAN_SET4_NET] = {"ban4_net", 4, 0}, [BAN_SET6_NET] = {"ban6_net", 6, 0},
};

bool ban_set_end(const struct addr *a, uint8_t end[16])
{
	unsigned bit = a->prefix - 1u, byte = bit / 8;
	unsigned carry = 0x80u >> bit % 8;

	memcpy(end, a->bytes, 16);
	for (unsigned i = byte + 1; carry && i-- > 0; carry >>= 8) {
		carry += end[i];
		end[i] = (uint8_t)carry;
	}
	return carry == 0;
}

bool ban_set_of(const struct addr *a, enum ban_set *out)
{
	bool common = verb_prefix_is_common(a);
	uint8_t end[16];

	if (!common && (a->prefix < (a->family == 4 ? VERB_PREFIX4_MIN : VERB_PREFIX6_MIN) || !ban_set_end(a, end)))
		return false;
	for (unsigned set = 0; set < BAN_SETS_MAX; set++)
		if (sets[set].family == a->family && sets[set].prefix == (common ? a->prefix : 0)) {
			*out = (enum ban_set)set;
			return true;
		}
	return false;
}

uint8_t ban_set_family(enum ban_set set)
{
	return sets[set].family;
}

uint8_t ban_set_prefix(enum ban_set set)
{
	return sets[set].prefix;
}

bool ban_set_is_net(enum ban_set set)
{
	return sets[set].prefix == 0;
}

const char *ban_set_name(enum ban_set set)
{
	return sets[set].name;
}
