/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For caltropd, and for both programs that read what strangers send, caltrop-core and caltrop-server: system calls that
 * only a captured one makes, and that end it; and those of which an argument decides.
 */
#pragma once

#include <sys/syscall.h>

/* For all programs that serve. */
static const unsigned seccomp_never[] = {
#ifdef __NR_ptrace
	__NR_ptrace,
#endif
#ifdef __NR_process_vm_readv
	__NR_process_vm_readv,
#endif
#ifdef __NR_process_vm_writev
	__NR_process_vm_writev,
#endif
#ifdef __NR_mount
	__NR_mount,
#endif
#ifdef __NR_umount2
	__NR_umount2,
#endif
#ifdef __NR_pivot_root
	__NR_pivot_root,
#endif
#ifdef __NR_chroot
	__NR_chroot,
#endif
#ifdef __NR_unshare
	__NR_unshare,
#endif
#ifdef __NR_setns
	__NR_setns,
#endif
#ifdef __NR_bpf
	__NR_bpf,
#endif
#ifdef __NR_perf_event_open
	__NR_perf_event_open,
#endif
#ifdef __NR_init_module
	__NR_init_module,
#endif
#ifdef __NR_finit_module
	__NR_finit_module,
#endif
#ifdef __NR_delete_module
	__NR_delete_module,
#endif
#ifdef __NR_kexec_load
	__NR_kexec_load,
#endif
#ifdef __NR_kexec_file_load
	__NR_kexec_file_load,
#endif
#ifdef __NR_reboot
	__NR_reboot,
#endif
#ifdef __NR_swapon
	__NR_swapon,
#endif
#ifdef __NR_swapoff
	__NR_swapoff,
#endif
#ifdef __NR_keyctl
	__NR_keyctl,
#endif
#ifdef __NR_add_key
	__NR_add_key,
#endif
#ifdef __NR_request_key
	__NR_request_key,
#endif
#ifdef __NR_userfaultfd
	__NR_userfaultfd,
#endif
#ifdef __NR_open_by_handle_at
	__NR_open_by_handle_at,
#endif
#ifdef __NR_mknod
	__NR_mknod,
#endif
#ifdef __NR_mknodat
	__NR_mknodat,
#endif
#ifdef __NR_settimeofday
	__NR_settimeofday,
#endif
#ifdef __NR_clock_settime
	__NR_clock_settime,
#endif
#ifdef __NR_clock_settime64
	__NR_clock_settime64,
#endif
#ifdef __NR_pidfd_getfd
	__NR_pidfd_getfd,
#endif
#ifdef __NR_kcmp
	__NR_kcmp,
#endif
#ifdef __NR_acct
	__NR_acct,
#endif
#ifdef __NR_iopl
	__NR_iopl,
#endif
#ifdef __NR_ioperm
	__NR_ioperm,
#endif
#ifdef __NR_create_module
	__NR_create_module,
#endif
#ifdef __NR_umount
	__NR_umount,
#endif
#ifdef __NR_move_mount
	__NR_move_mount,
#endif
#ifdef __NR_open_tree
	__NR_open_tree,
#endif
#ifdef __NR_fsopen
	__NR_fsopen,
#endif
#ifdef __NR_fsmount
	__NR_fsmount,
#endif
#ifdef __NR_fsconfig
	__NR_fsconfig,
#endif
#ifdef __NR_fspick
	__NR_fspick,
#endif
#ifdef __NR_mount_setattr
	__NR_mount_setattr,
#endif
#ifdef __NR_process_madvise
	__NR_process_madvise,
#endif
#ifdef __NR_name_to_handle_at
	__NR_name_to_handle_at,
#endif
#ifdef __NR_clock_adjtime
	__NR_clock_adjtime,
#endif
#ifdef __NR_clock_adjtime64
	__NR_clock_adjtime64,
#endif
#ifdef __NR_adjtimex
	__NR_adjtimex,
#endif
#ifdef __NR_stime
	__NR_stime,
#endif
#ifdef __NR_sethostname
	__NR_sethostname,
#endif
#ifdef __NR_setdomainname
	__NR_setdomainname,
#endif
#ifdef __NR_quotactl
	__NR_quotactl,
#endif
#ifdef __NR_quotactl_fd
	__NR_quotactl_fd,
#endif
#ifdef __NR_personality
	__NR_personality,
#endif
#ifdef __NR_syslog
	__NR_syslog,
#endif
#ifdef __NR_nfsservctl
	__NR_nfsservctl,
#endif
#ifdef __NR_lookup_dcookie
	__NR_lookup_dcookie,
#endif
#ifdef __NR_vhangup
	__NR_vhangup,
#endif
#ifdef __NR_modify_ldt
	__NR_modify_ldt,
#endif
#ifdef __NR_vm86
	__NR_vm86,
#endif
#ifdef __NR_vm86old
	__NR_vm86old,
#endif
#ifdef __NR_s390_runtime_instr
	__NR_s390_runtime_instr,
#endif
#ifdef __NR_s390_pci_mmio_write
	__NR_s390_pci_mmio_write,
#endif
};

/* For those that have no child and stay who they are, too: all but caltropd. */
static const unsigned seccomp_never_another[] = {
#ifdef __NR_execve
	__NR_execve,
#endif
#ifdef __NR_execveat
	__NR_execveat,
#endif
#ifdef __NR_fork
	__NR_fork,
#endif
#ifdef __NR_vfork
	__NR_vfork,
#endif
#ifdef __NR_setuid
	__NR_setuid,
#endif
#ifdef __NR_setuid32
	__NR_setuid32,
#endif
#ifdef __NR_setresuid
	__NR_setresuid,
#endif
#ifdef __NR_setresuid32
	__NR_setresuid32,
#endif
#ifdef __NR_setgid
	__NR_setgid,
#endif
#ifdef __NR_setgid32
	__NR_setgid32,
#endif
#ifdef __NR_setresgid
	__NR_setresgid,
#endif
#ifdef __NR_setresgid32
	__NR_setresgid32,
#endif
#ifdef __NR_setgroups
	__NR_setgroups,
#endif
#ifdef __NR_setgroups32
	__NR_setgroups32,
#endif
#ifdef __NR_capset
	__NR_capset,
#endif
};

/* Calls whose third argument is a protection. The old mmap(2) of s390 takes a structure that no filter can look
 * into. */
static const unsigned seccomp_mappings[] = {
	__NR_mprotect,
#if defined(__NR_mmap2)
	__NR_mmap2,
#elif !defined(__s390__)
	__NR_mmap,
#endif
};

/* Calls whose first argument is an address family. */
static const unsigned seccomp_sockets[] = {
#ifdef __NR_socket
	__NR_socket,
#endif
};
