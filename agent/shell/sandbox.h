/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core gives up what it does not need: new privileges, system calls (seccomp(2) with a list per processor),
 * and, where the kernel has it, files (landlock(7)). Everything is fatal that fails, except that an old kernel
 * knows no Landlock.
 */
#pragma once

#include "agent/settings/settings.h"

void sandbox_enter(const struct settings *settings);
