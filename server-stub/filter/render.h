/* SPDX-License-Identifier: Apache-2.0 */
/* A policy as nft(8) takes it. */
#pragma once

#include "proto/filter_rules.h"

#define RENDER_BYTES_MAX (64u << 10)

/*
 * Append the table, which `nft -f` accepts and `nft list table inet caltrop_policy` shows on a device, but for the
 * elements of the sets service4, service6, resolver4 and resolver6, and the rules of the guard's own link: only the
 * device knows them, and comments say so.
 */
void render_table(struct buf *b, const struct filter *f);
