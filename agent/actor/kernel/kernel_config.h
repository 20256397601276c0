/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what a kernel was configured with: lines "CONFIG_X=y", "CONFIG_X=m" and "# CONFIG_X is not set", as
 * Documentation/kbuild/kconfig.rst of Linux has them. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>

enum kernel_answer {
	KERNEL_UNNAMED, /* no line names it: this kernel does not know it, or what it depends on is off */
	KERNEL_OFF,
	KERNEL_MODULE,
	KERNEL_BUILT_IN,
};

/* What the configuration says of a symbol, which is given without CONFIG_. The last line that names it counts. */
enum kernel_answer kernel_config_find(struct str text, struct str symbol);

/*
 * Whether a kernel's release ("6.1.0-18-amd64") is at least a version ("5.9"). A release that does not begin with two
 * numbers is not.
 */
bool kernel_config_since(struct str release, struct str version);
