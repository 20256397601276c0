/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core gives up what it does not need: new privileges, files and ports (landlock.h, where the kernel has it),
 * and system calls (seccomp(2), lists in ports/linux/seccomp). Any failure ends the program; only that an old
 * kernel knows no Landlock is lived with and said in health.
 *
 * What is left: files of the directories that were handed over (trust read-only), /etc and where resolv.conf
 * lies for name resolution, TCP to the service and to name servers, memory that is never executable.
 */
#pragma once

#include "agent/shell/loop.h"

/* Also starts the threads that wait for flash: they are to be inside, and none can be made afterwards. */
void sandbox_enter(struct loop *loop);
