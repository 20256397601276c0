/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that never fail in faults.c: a process, its C library and the sanitizers need them to go on at all. */
#pragma once

#include <sys/syscall.h>

static const unsigned faults_never[] = {
	SYS_exit,
	SYS_exit_group,
	SYS_rt_sigreturn,
	SYS_rt_sigprocmask,
	SYS_rt_sigaction,
	SYS_futex,
	SYS_brk,
	SYS_munmap,
	SYS_mprotect,
	SYS_madvise,
	SYS_close,
	SYS_getpid,
	SYS_gettid,
	SYS_sched_yield,
	SYS_sigaltstack,
	SYS_tgkill,
	SYS_set_robust_list,
	SYS_seccomp,
	SYS_restart_syscall,
#ifdef SYS_mmap
	SYS_mmap,
#endif
#ifdef SYS_mmap2
	SYS_mmap2,
#endif
#ifdef SYS_sigreturn
	SYS_sigreturn,
#endif
#ifdef SYS_rseq
	SYS_rseq,
#endif
};
