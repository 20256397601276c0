/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table that logs packets to ports that nobody serves, and to decoys, for the core's packet sensor. It drops
 * nothing, and everybody else's rules see the packets after it. For each packet that begins something the kernel itself
 * looks whether a socket takes it, so what is served is always what listens at that moment.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

/*
 * Make the table as the settings want it, anew in one transaction; with [firewall] enabled = no remove it. ERR_OK:
 * read back. ERR_UNSUPPORTED: the kernel lacks log, limit or socket of nf_tables.
 */
ERR_CHECK enum err nft_packets_setup(struct nft *n, const struct settings *settings);

/* After ERR_UNSUPPORTED: the first that the kernel lacks. Each is tried in a table that goes with the same transaction.
 */
enum actor_lack nft_packets_lacks(struct nft *n, const struct settings *settings);

/* Remove the table. ERR_OK, also if there is none. */
ERR_CHECK enum err nft_packets_remove(struct nft *n);
