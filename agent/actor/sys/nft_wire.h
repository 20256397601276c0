/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages and transactions of nf_tables for the nft_*.c files: a batch is begun, filled and committed; the kernel has
 * answered when the call returns. Only for agent/actor/sys/nft*.c and isolate*.c.
 */
#pragma once

#include "agent/actor/sys/nft.h"

/* Before the kernel's headers, which then leave these definitions to the C library. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

/* Start a transaction in n->out. */
void nft_wire_begin(struct nft *n);

/* Begin a message of ours in n->out, which is returned for the attributes; the next message or the end closes it. */
struct netlink_out *nft_wire_message(struct nft *n, uint16_t type, uint16_t flags);

/*
 * Send the transaction; ERR_OK: committed. Otherwise the first error the kernel gave, and nothing was changed;
 * ERR_TOO_LONG: it did not fit into NFT_BUFFER and was not sent.
 */
ERR_CHECK enum err nft_wire_commit(struct nft *n);

/*
 * Send the transaction without its end: the kernel checks it as if it were to be committed, and takes it back. ERR_OK:
 * it would do it.
 */
ERR_CHECK enum err nft_wire_try(struct nft *n);

/* A request outside a transaction: begin it, fill it, ask; the reader sees every reply and may be told to begin anew.
 */
struct netlink_out *nft_wire_request(struct nft *n, uint16_t type, uint16_t flags);
ERR_CHECK enum err nft_wire_ask(struct nft *n, const struct netlink_reader *reader);
