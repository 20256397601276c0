/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the processes of this machine. CAP_KILL, which every build keeps, ends them; this is to see whose they are. */
#include "agent/actor/verb/means.h"

#include <linux/capability.h>

const struct means processes_means = {
	.capabilities = UINT64_C(1) << CAP_SYS_PTRACE,
};
