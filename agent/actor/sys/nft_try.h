/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the kernel would take what our rules are made of: it is asked by a transaction that is not committed, so that
 * nothing is made and nobody is told. The kernel may load modules for it.
 */
#pragma once

#include "agent/base/err.h"

enum nft_try {
	NFT_TRY_TABLE, /* of the family inet, with a chain */
	NFT_TRY_COUNTER,
	NFT_TRY_LIMIT,
	NFT_TRY_LOG,
	NFT_TRY_SOCKET,
	NFT_TRY_CT,
};

/* ERR_OK: it would. ERR_DENIED: the caller may not ask. ERR_NO_MEMORY. Any other: it would not. */
ERR_CHECK enum err nft_try(enum nft_try what);
