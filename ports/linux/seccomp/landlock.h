/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of Landlock's system calls, for headers older than the kernel: the same on all processors since Linux
 * 5.13.
 */
#pragma once

#include <sys/syscall.h>

#ifdef __NR_landlock_create_ruleset
#define LANDLOCK_CREATE __NR_landlock_create_ruleset
#define LANDLOCK_ADD_RULE __NR_landlock_add_rule
#define LANDLOCK_RESTRICT __NR_landlock_restrict_self
#elif defined(__mips__) && _MIPS_SIM == _ABIO32
#define LANDLOCK_CREATE 4444
#define LANDLOCK_ADD_RULE 4445
#define LANDLOCK_RESTRICT 4446
#elif defined(__mips__)
#define LANDLOCK_CREATE 5444
#define LANDLOCK_ADD_RULE 5445
#define LANDLOCK_RESTRICT 5446
#else
#define LANDLOCK_CREATE 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_RESTRICT 446
#endif
