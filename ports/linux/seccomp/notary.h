/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the notary once it has its keys, by number; what a processor or C library does not have is left
 * out. Calls that are decided by an argument are in agent/base/call_policy.c.
 */
#pragma once

#include <sys/syscall.h>

static const unsigned seccomp_notary_calls[] = {
/* What it answers with. */
#ifdef __NR_recvfrom
	__NR_recvfrom,
#endif
#ifdef __NR_recv
	__NR_recv,
#endif
#ifdef __NR_sendto
	__NR_sendto,
#endif
#ifdef __NR_send
	__NR_send,
#endif
#ifdef __NR_read
	__NR_read,
#endif
#ifdef __NR_write
	__NR_write,
#endif
#ifdef __NR_clock_gettime
	__NR_clock_gettime,
#endif
#ifdef __NR_clock_gettime64
	__NR_clock_gettime64,
#endif
#ifdef __NR_getrandom
	__NR_getrandom,
#endif
/* The C library's and mbedTLS's: memory, locks, the end. */
#ifdef __NR_brk
	__NR_brk,
#endif
#ifdef __NR_munmap
	__NR_munmap,
#endif
#ifdef __NR_mremap
	__NR_mremap,
#endif
#ifdef __NR_madvise
	__NR_madvise,
#endif
#ifdef __NR_futex
	__NR_futex,
#endif
#ifdef __NR_futex_time64
	__NR_futex_time64,
#endif
#ifdef __NR_sched_yield
	__NR_sched_yield,
#endif
#ifdef __NR_rt_sigreturn
	__NR_rt_sigreturn,
#endif
#ifdef __NR_sigreturn
	__NR_sigreturn,
#endif
#ifdef __NR_rt_sigprocmask
	__NR_rt_sigprocmask,
#endif
#ifdef __NR_getpid
	__NR_getpid,
#endif
#ifdef __NR_gettid
	__NR_gettid,
#endif
#ifdef __NR_exit
	__NR_exit,
#endif
#ifdef __NR_exit_group
	__NR_exit_group,
#endif
};
