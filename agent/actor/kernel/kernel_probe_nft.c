/* SPDX-License-Identifier: Apache-2.0 */
/* Whether nf_tables has what the rules of the guard are made of. */
#include "agent/actor/kernel/kernel_probe.h"

#include "agent/actor/sys/nft_try.h"

static enum kernel_state takes(enum nft_try what)
{
	switch (nft_try(what)) {
	case ERR_OK: return KERNEL_THERE;
	case ERR_INVALID:
	case ERR_NOT_FOUND:
	case ERR_UNSUPPORTED: return KERNEL_MISSING;
	default: return KERNEL_UNKNOWN;
	}
}

enum kernel_state kernel_probe_nft_inet(void)
{
	return takes(NFT_TRY_TABLE);
}

enum kernel_state kernel_probe_nft_counter(void)
{
	return takes(NFT_TRY_COUNTER);
}

enum kernel_state kernel_probe_nft_limit(void)
{
	return takes(NFT_TRY_LIMIT);
}

enum kernel_state kernel_probe_nft_log(void)
{
	return takes(NFT_TRY_LOG);
}

enum kernel_state kernel_probe_nft_socket(void)
{
	return takes(NFT_TRY_SOCKET);
}

enum kernel_state kernel_probe_nft_ct(void)
{
	return kernel_probe_tracks() ? takes(NFT_TRY_CT) : KERNEL_UNKNOWN;
}
