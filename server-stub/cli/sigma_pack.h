/* SPDX-License-Identifier: Apache-2.0 */
/* Packs as the commands of `caltrop` make them. Messages are printed here. */
#pragma once

#include "agent/base/buf.h"
#include "proto/pack.h"
#include "server-stub/sigma/compile.h"

#include <stdint.h>

struct sigma_pack_as {
	const char *name;
	uint64_t version;
};

/*
 * Append the pack of all rules that are not refused, proven by their own test events; *pack is over these bytes. The
 * same rules, name and version give the same bytes. Returns COMMAND_OK, or an exit status after a message.
 */
int sigma_pack_make(struct compile *c, const struct sigma_pack_as *as, struct buf *b, struct pack *pack);
