/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox takes from the core what it does not need: new privileges, files and ports (landlock.h), and system calls
 * (seccomp(2), lists in ports/linux/seccomp). Any failure ends the program, with one exception: on a kernel without
 * Landlock the program goes on, and logs that only permissions guard files.
 *
 * The core keeps the files of its directories in core_fds.h (the trust directory read-only), /etc and the directory of
 * resolv.conf for name resolution, and TCP to the service and to name servers. It cannot make memory executable, send a
 * signal to another process, or ask of a descriptor what libuv does not.
 */
#pragma once

#include "agent/shell/loop.h"

/* Enter the sandbox. It also starts libuv's threads, because none can be made afterwards. */
void sandbox_enter(struct loop *loop);
