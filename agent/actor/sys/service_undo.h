/* SPDX-License-Identifier: Apache-2.0 */
/* What has to be known to bring a service back: the record of `stop` and `disable` in ledger and journal. Pure. */
#pragma once

#include "agent/actor/sys/service.h"

#include "agent/base/buf.h"
#include "agent/base/str.h"

struct service_undo {
	bool ran;
	bool alone;		       /* as in service_boot */
	uint8_t place[SERVICE_LEVELS]; /* the same */
	unsigned port_count;
	uint16_t ports[SERVICE_PORTS_MAX];
};

#define SERVICE_UNDO_MAX (3u + SERVICE_LEVELS + 2u * SERVICE_PORTS_MAX)

/* Append the bytes: version:u8 (1)  flags:u8 (1 ran, 2 alone)  place:u8 * 4  count:u8  ( port:u16 )*. */
void service_undo_encode(struct buf *b, const struct service_undo *undo);

/* Read them back. ERR_INVALID: they are none of this version. */
ERR_CHECK enum err service_undo_decode(struct str bytes, struct service_undo *out);
