/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of the courier, by number; what a processor or C library does not have is left out. Calls that are
 * decided by an argument are in agent/base/call_policy.c and server-stub/alert/courier_work.c.
 */
#pragma once

#include <sys/syscall.h>

static const unsigned seccomp_courier_calls[] = {
/* Waiting, and bytes of sockets. */
#ifdef __NR_epoll_create1
	__NR_epoll_create1,
#endif
#ifdef __NR_epoll_pwait
	__NR_epoll_pwait,
#endif
#ifdef __NR_epoll_wait
	__NR_epoll_wait,
#endif
#ifdef __NR_epoll_ctl
	__NR_epoll_ctl,
#endif
#ifdef __NR_poll
	__NR_poll,
#endif
#ifdef __NR_ppoll
	__NR_ppoll,
#endif
#ifdef __NR_ppoll_time64
	__NR_ppoll_time64,
#endif
#ifdef __NR_select
	__NR_select,
#endif
#ifdef __NR__newselect
	__NR__newselect,
#endif
#ifdef __NR_pselect6
	__NR_pselect6,
#endif
#ifdef __NR_pselect6_time64
	__NR_pselect6_time64,
#endif
#ifdef __NR_read
	__NR_read,
#endif
#ifdef __NR_write
	__NR_write,
#endif
#ifdef __NR_readv
	__NR_readv,
#endif
#ifdef __NR_writev
	__NR_writev,
#endif
#ifdef __NR_recvfrom
	__NR_recvfrom,
#endif
#ifdef __NR_recvmsg
	__NR_recvmsg,
#endif
#ifdef __NR_recvmmsg
	__NR_recvmmsg,
#endif
#ifdef __NR_recvmmsg_time64
	__NR_recvmmsg_time64,
#endif
#ifdef __NR_sendto
	__NR_sendto,
#endif
#ifdef __NR_sendmsg
	__NR_sendmsg,
#endif
#ifdef __NR_sendmmsg
	__NR_sendmmsg,
#endif
#ifdef __NR_recv
	__NR_recv,
#endif
#ifdef __NR_send
	__NR_send,
#endif
/* Sockets; which families there are is decided by an argument. */
#ifdef __NR_socketpair
	__NR_socketpair,
#endif
#ifdef __NR_connect
	__NR_connect,
#endif
#ifdef __NR_bind
	__NR_bind,
#endif
#ifdef __NR_shutdown
	__NR_shutdown,
#endif
#ifdef __NR_getsockname
	__NR_getsockname,
#endif
#ifdef __NR_getpeername
	__NR_getpeername,
#endif
#ifdef __NR_getsockopt
	__NR_getsockopt,
#endif
#ifdef __NR_setsockopt
	__NR_setsockopt,
#endif
/* Clocks and locks. */
#ifdef __NR_futex
	__NR_futex,
#endif
#ifdef __NR_futex_time64
	__NR_futex_time64,
#endif
#ifdef __NR_clock_gettime
	__NR_clock_gettime,
#endif
#ifdef __NR_clock_gettime64
	__NR_clock_gettime64,
#endif
#ifdef __NR_clock_getres
	__NR_clock_getres,
#endif
#ifdef __NR_clock_getres_time64
	__NR_clock_getres_time64,
#endif
#ifdef __NR_gettimeofday
	__NR_gettimeofday,
#endif
#ifdef __NR_time
	__NR_time,
#endif
#ifdef __NR_nanosleep
	__NR_nanosleep,
#endif
#ifdef __NR_clock_nanosleep
	__NR_clock_nanosleep,
#endif
#ifdef __NR_clock_nanosleep_time64
	__NR_clock_nanosleep_time64,
#endif
#ifdef __NR_restart_syscall
	__NR_restart_syscall,
#endif
#ifdef __NR_rt_sigreturn
	__NR_rt_sigreturn,
#endif
#ifdef __NR_sigreturn
	__NR_sigreturn,
#endif
#ifdef __NR_eventfd2
	__NR_eventfd2,
#endif
#ifdef __NR_pipe2
	__NR_pipe2,
#endif
#ifdef __NR_sched_yield
	__NR_sched_yield,
#endif
#ifdef __NR_getrandom
	__NR_getrandom,
#endif
/* Files to read: certificates, and how names are resolved. Landlock says which. */
#ifdef __NR_openat
	__NR_openat,
#endif
#ifdef __NR_open
	__NR_open,
#endif
#ifdef __NR_close
	__NR_close,
#endif
#ifdef __NR_fstat
	__NR_fstat,
#endif
#ifdef __NR_fstat64
	__NR_fstat64,
#endif
#ifdef __NR_newfstatat
	__NR_newfstatat,
#endif
#ifdef __NR_fstatat64
	__NR_fstatat64,
#endif
#ifdef __NR_stat
	__NR_stat,
#endif
#ifdef __NR_stat64
	__NR_stat64,
#endif
#ifdef __NR_lstat
	__NR_lstat,
#endif
#ifdef __NR_lstat64
	__NR_lstat64,
#endif
#ifdef __NR_statx
	__NR_statx,
#endif
#ifdef __NR_statfs
	__NR_statfs,
#endif
#ifdef __NR_statfs64
	__NR_statfs64,
#endif
#ifdef __NR_fstatfs
	__NR_fstatfs,
#endif
#ifdef __NR_fstatfs64
	__NR_fstatfs64,
#endif
#ifdef __NR_lseek
	__NR_lseek,
#endif
#ifdef __NR__llseek
	__NR__llseek,
#endif
#ifdef __NR_fcntl
	__NR_fcntl,
#endif
#ifdef __NR_fcntl64
	__NR_fcntl64,
#endif
#ifdef __NR_pread64
	__NR_pread64,
#endif
#ifdef __NR_readlink
	__NR_readlink,
#endif
#ifdef __NR_readlinkat
	__NR_readlinkat,
#endif
#ifdef __NR_access
	__NR_access,
#endif
#ifdef __NR_faccessat
	__NR_faccessat,
#endif
#ifdef __NR_faccessat2
	__NR_faccessat2,
#endif
#ifdef __NR_getdents64
	__NR_getdents64,
#endif
#ifdef __NR_getcwd
	__NR_getcwd,
#endif
#ifdef __NR_dup
	__NR_dup,
#endif
#ifdef __NR_dup2
	__NR_dup2,
#endif
#ifdef __NR_dup3
	__NR_dup3,
#endif
/* Memory, the threads in which names are resolved, and who one is. */
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
#ifdef __NR_exit
	__NR_exit,
#endif
#ifdef __NR_exit_group
	__NR_exit_group,
#endif
#ifdef __NR_set_robust_list
	__NR_set_robust_list,
#endif
#ifdef __NR_get_robust_list
	__NR_get_robust_list,
#endif
#ifdef __NR_set_tid_address
	__NR_set_tid_address,
#endif
#ifdef __NR_rseq
	__NR_rseq,
#endif
#ifdef __NR_gettid
	__NR_gettid,
#endif
#ifdef __NR_getpid
	__NR_getpid,
#endif
#ifdef __NR_getppid
	__NR_getppid,
#endif
#ifdef __NR_getuid
	__NR_getuid,
#endif
#ifdef __NR_getuid32
	__NR_getuid32,
#endif
#ifdef __NR_geteuid
	__NR_geteuid,
#endif
#ifdef __NR_geteuid32
	__NR_geteuid32,
#endif
#ifdef __NR_getgid
	__NR_getgid,
#endif
#ifdef __NR_getgid32
	__NR_getgid32,
#endif
#ifdef __NR_getegid
	__NR_getegid,
#endif
#ifdef __NR_getegid32
	__NR_getegid32,
#endif
#ifdef __NR_rt_sigaction
	__NR_rt_sigaction,
#endif
#ifdef __NR_rt_sigprocmask
	__NR_rt_sigprocmask,
#endif
#ifdef __NR_sigaltstack
	__NR_sigaltstack,
#endif
#ifdef __NR_sched_getaffinity
	__NR_sched_getaffinity,
#endif
#ifdef __NR_sched_getparam
	__NR_sched_getparam,
#endif
#ifdef __NR_sched_getscheduler
	__NR_sched_getscheduler,
#endif
#ifdef __NR_getrlimit
	__NR_getrlimit,
#endif
#ifdef __NR_ugetrlimit
	__NR_ugetrlimit,
#endif
#ifdef __NR_getrusage
	__NR_getrusage,
#endif
#ifdef __NR_times
	__NR_times,
#endif
#ifdef __NR_uname
	__NR_uname,
#endif
#ifdef __NR_sysinfo
	__NR_sysinfo,
#endif
#ifdef __NR_prctl
	__NR_prctl,
#endif
#ifdef __NR_arch_prctl
	__NR_arch_prctl,
#endif
#ifdef __NR_membarrier
	__NR_membarrier,
#endif
/* On processors where all calls of sockets are one (i386, before Linux 4.3), that one. */
#if defined(__NR_socketcall) && !defined(__NR_socket)
	__NR_socketcall,
#endif
#ifdef __ARM_NR_set_tls
	__ARM_NR_set_tls,
	__ARM_NR_cacheflush,
#endif
};

/* Which argument of clone(2) has its flags. */
#ifdef __s390x__
#define COURIER_CLONE_FLAGS 1
#else
#define COURIER_CLONE_FLAGS 0
#endif
