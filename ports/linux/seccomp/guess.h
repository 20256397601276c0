/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the process that tries passwords (agent/actor/audit/audit_guess.h): it reads a pipe, writes
 * another one, and takes memory. It opens nothing; mmap(2) is decided by an argument, in agent/base/call_policy.c.
 */
#pragma once

#include <sys/syscall.h>

static const unsigned seccomp_guess_calls[] = {
	__NR_read,
	__NR_write,
	__NR_exit,
	__NR_exit_group,
	__NR_brk,
	__NR_munmap,
	__NR_mremap,
	__NR_madvise,
	__NR_rt_sigreturn,
	__NR_close,
	__NR_getrandom,
#ifdef __NR_futex
	__NR_futex,
#endif
#ifdef __NR_alarm
	__NR_alarm,
#endif
#ifdef __NR_setitimer
	__NR_setitimer,
#endif
#ifdef __NR_restart_syscall
	__NR_restart_syscall,
#endif
};
