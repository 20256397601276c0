/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caltropd --check-kernel: what this build needs of the kernel, what of it the running kernel has, and what is lost
 * without the rest. How the kernel behaves counts for more than how it says that it was configured.
 */
#pragma once

#include "agent/actor/kernel/kernel_needs.h"
#include "agent/base/buf.h"
#include "agent/base/str.h"

/* What is known of the kernel beside its behaviour. */
struct kernel_facts {
	const char *release; /* uname(2) */
	bool configured;     /* its configuration is at hand */
	struct str config;
};

/* Judge one need, whose probe, if it has one, gave `seen`. Appends a line for people, with its end. */
enum kernel_state kernel_check_judge(const struct kernel_need *need, enum kernel_state seen,
				     const struct kernel_facts *facts, struct buf *line);

/* Print a line for each need. The status to end with: EX_OK, or EX_UNAVAILABLE when something is missing. */
int kernel_check(void);
