/* SPDX-License-Identifier: Apache-2.0 */
/* A sample's bytes as values: bounds checked, addresses normalised. Pure. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/str.h"
#include "agent/common/socket_sample.h"

#include <stdbool.h>

/* A sample and its texts, which point into the bytes it was read from. */
struct socket_text {
	struct socket_sample head;
	struct addr local, remote; /* an IPv4-mapped address is the IPv4 address */
	struct str name, exe;
};

/* Read a sample. False: it is damaged (short, of another version or kind, a length that does not add up). */
bool socket_text_read(struct str bytes, struct socket_text *out);
