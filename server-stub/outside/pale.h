/* SPDX-License-Identifier: Apache-2.0 */
/* The fence around a process that speaks to the world: certificates to read, ports to connect to, system calls. */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>

struct pale {
	const char *ca; /* file of certificates; "": none beside the machine's */
	unsigned port_count;
	const uint16_t *ports; /* to which it may connect, beside that of DNS */
};

/*
 * Load what looks names up, since nothing can be loaded behind the fence, and put it up for this process, of one
 * thread. What a kernel does not have is left out, as the service's own fence says. Otherwise an error of the kernel.
 */
ERR_CHECK enum err pale_enter(const struct pale *pale);
