/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the options of this build need of the kernel, a row each: ports/linux/kernel.needs, from which the build writes
 * them (ports/host/kernel.awk).
 */
#pragma once

#include "agent/actor/kernel/kernel_probe.h"

struct kernel_need {
	const char *symbol;		  /* without CONFIG_; or a version of Linux, "5.9"; NULL: behind the last row */
	enum kernel_state (*probe)(void); /* NULL: how the kernel behaves does not show it */
	const char *lost;		  /* without it, and what is used instead */
};

extern const struct kernel_need kernel_needs[];
