/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock (Linux 5.13, landlock(7)) restricts which files and TCP ports this process and its threads can use. C
 * libraries have no functions for its system calls.
 */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>

struct landlock {
	int fd;		       /* of the rule set; -1: none */
	int version;	       /* of the kernel's interface; 0: the kernel has none */
	uint64_t files, ports; /* the kinds of access that the rule set restricts */
};

/* Begin a rule set that forbids everything. ERR_UNSUPPORTED: the kernel has no Landlock, or it is switched off. */
ERR_CHECK enum err landlock_begin(struct landlock *l);

/*
 * Allow files below this directory to be read, and, with `change`, also to be written, made, truncated and removed. Of
 * a file, allow it alone.
 */
ERR_CHECK enum err landlock_allow(struct landlock *l, int fd, int change);

/* The same of what has that name; where there is nothing, nothing is allowed, and that is no error. */
ERR_CHECK enum err landlock_allow_path(struct landlock *l, const char *path, int change);

/* Allow TCP connections to this port. A kernel before 6.7 cannot restrict ports and allows all. */
ERR_CHECK enum err landlock_allow_port(struct landlock *l, uint16_t port);

/* Allow to listen for TCP connections on this port; 0: on one that the kernel chooses. Kernels before 6.7 as above. */
ERR_CHECK enum err landlock_allow_listen(struct landlock *l, uint16_t port);

/* Apply the rule set to this thread and to the threads that it makes later. Needs no_new_privs (prctl(2)). */
ERR_CHECK enum err landlock_enforce(struct landlock *l);
