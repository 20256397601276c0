/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages and transactions of nf_tables for the nft_*.c files: a batch is begun, filled and committed; the kernel has
 * answered when the call returns. Only for agent/actor/nft*.c.
 */
#pragma once

#include "agent/actor/sys/nft.h"

#include <libmnl/libmnl.h>

/* Before the kernel's headers, which then leave these definitions to the C library. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

/* Start a transaction in n->out. */
void nft_wire_begin(struct nft *n);

/* Append a message of ours; attributes are put into the returned header with mnl_attr_*. */
struct nlmsghdr *nft_wire_message(struct nft *n, uint16_t type, uint16_t flags);

/* The message is complete. */
void nft_wire_end(struct nft *n, const struct nlmsghdr *message);

/* Send the transaction; ERR_OK: committed. Otherwise the first error the kernel gave, and nothing was changed. */
ERR_CHECK enum err nft_wire_commit(struct nft *n);

/* A request outside a transaction: begin it, fill it, ask; `each` sees every reply message. */
struct nlmsghdr *nft_wire_request(struct nft *n, uint16_t type, uint16_t flags);
ERR_CHECK enum err nft_wire_ask(struct nft *n, int (*each)(const struct nlmsghdr *reply, void *context), void *context);
