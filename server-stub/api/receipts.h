/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device told of its chain of receipts (proto/chain.h), as it came and in the order in which it came, so that
 * the caller can check the chain without believing the service. It is read from the stored batches, so it goes back as
 * far as they are kept. One call reads at most RECEIPTS_BATCHES_MAX of them and gives a cursor to go on from.
 */
#pragma once

struct call;

#define RECEIPTS_BATCHES_MAX 512

void receipts_list(struct call *call); /* GET ?limit= after= */
