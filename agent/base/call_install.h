/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a filter of system calls in force (seccomp(2), prctl(2)). It stays for good, and what is started later has it.
 */
#pragma once

#include "agent/base/call_filter.h"
#include "agent/base/err.h"

/*
 * Put it in force for this thread, or for all threads of this process. The process has no new privileges
 * (PR_SET_NO_NEW_PRIVS) or CAP_SYS_ADMIN. ERR_UNSUPPORTED: the kernel has no seccomp(2), which `all_threads` needs
 * (Linux 3.17). Any other error: it is not in force, and errno says why; ESRCH: a thread could not take it.
 */
ERR_CHECK enum err call_install(struct call_filter *f, bool all_threads);
