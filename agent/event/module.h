/* SPDX-License-Identifier: Apache-2.0 */
/* A module event: code came into the kernel, or went. Its rows are in module.c. */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum module_action {
	MODULE_LOAD = 0,
	MODULE_UNLOAD = 1,
	MODULE_ACTIONS = 2,
};

/* The flags are those that loading it set in the kernel (Documentation/admin-guide/tainted-kernels.rst). */
struct module_event {
	uint8_t action; /* enum module_action */
	bool foreign;	/* it was not built with the kernel (O) */
	bool unsigned_; /* its signature is missing or of a key that the kernel does not have (E) */
	bool forced;	/* it was loaded though it does not fit (F) */
	struct str name;
	struct str taint; /* all of them: "OE"; empty: none, or not known any more */

	/* The process that was called to do it, as of process events; 0 and empty: not known. */
	uint32_t pid;
	struct str image, user, loginuid;
};
