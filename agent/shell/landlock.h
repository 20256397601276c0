/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock (Linux 5.13, landlock(7)) by its bare system calls, since C libraries have none: which files and TCP
 * ports this process and its threads may still reach.
 */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>

struct landlock {
	int fd;		       /* of the rule set, -1 */
	int version;	       /* of the kernel's interface, 0: it has none */
	uint64_t files, ports; /* what is ruled at all */
};

/* Begin a rule set that forbids everything. ERR_UNSUPPORTED: the kernel has no Landlock, or it is switched off. */
ERR_CHECK enum err landlock_begin(struct landlock *l);

/* Below this directory files may be read, and, with `change`, also written, made, cut and removed. */
ERR_CHECK enum err landlock_allow(struct landlock *l, int dir, int change);

/* TCP connections to this port. Kernels that do not rule ports allow all. */
ERR_CHECK enum err landlock_allow_port(struct landlock *l, uint16_t port);

/* From here on it holds for this thread and those it makes. Needs no_new_privs. */
ERR_CHECK enum err landlock_enforce(struct landlock *l);
