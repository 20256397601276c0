/* SPDX-License-Identifier: Apache-2.0 */
/* What is usually spoken at a port, and whether that carries passwords or commands unencrypted. Pure. */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct socket_service {
	struct str name; /* "telnet"; empty: not listed */
	bool plain;	 /* whoever sees the packets sees the passwords, or there are none */
};

/* By the name of the program first, since that is surer than the port. `protocol`: enum connection_protocol. */
struct socket_service socket_service_of(uint8_t protocol, uint16_t port, struct str program);
