/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the programs in the kernel share: which process it is, and the path of its program. It declares of the kernel's
 * structures only the members that are read, and libbpf finds their places in the running kernel (CO-RE), so the
 * machine that builds needs no kernel headers. Only the .bpf.c files include it.
 */
#pragma once

#include "agent/common/loader.h"

typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int32_t __s32;
typedef int64_t __s64;
typedef uint16_t __be16;
typedef uint32_t __be32;
typedef uint32_t __wsum;

/* Of linux/bpf.h. */
enum { BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6, BPF_MAP_TYPE_RINGBUF = 27 };
enum { BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_AVAIL_DATA = 0 };

#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define DEPTH_MAX 20	/* names of a path */
#define NAME_BYTES 256	/* NAME_MAX and NUL */
#define PATH_BYTES 1024 /* power of two; the last name may begin right before it ends */
#define CENTISECOND_NS 10000000
#define PID_NS_INIT 0xeffffffcu /* PROC_PID_INIT_INO of linux/proc_ns.h */
#define PID_NS_DEPTH 8

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct qstr {
	const unsigned char *name;
};
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct path f_path;
};
struct mm_struct {
	unsigned long arg_start, arg_end;
	struct file *exe_file;
};
struct fs_struct {
	struct path pwd;
};
typedef struct {
	__u32 val;
} kuid_t;
struct cred {
	kuid_t uid, euid;
};
struct task_struct {
	__s32 pid, tgid;
	int exit_code;
	__u64 start_boottime;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	const struct cred *cred;
	kuid_t loginuid;
	struct mm_struct *mm;
	struct fs_struct *fs;
	char comm[16];
};
struct linux_binprm;
struct module {
	char name[56];
};
struct ns_common {
	unsigned int inum;
};
struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1];
};
#pragma clang attribute pop

/* The guard's own namespaces of pids and of the network, by the numbers of /proc/self/ns; caltrop-bpf sets them. */
const volatile struct namespaces namespaces = {PID_NS_INIT, 0};

/* Where a walk along a path stands: in memory and not in registers, so that the verifier sees one state each round. */
struct walk {
	void *dentry, *mount;
	__u32 at; /* how much of the texts is used */
};

static __always_inline void add(__u64 *count)
{
	__sync_fetch_and_add(count, 1);
}

static __always_inline __u64 start_of(const struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime) / CENTISECOND_NS;
}

/* The pid of the task's process as the guard sees it; 0: it sees none, the process is of another container. */
static __always_inline __u32 pid_of(const struct task_struct *task)
{
	struct pid *pid;

	if (namespaces.pid == PID_NS_INIT)
		return BPF_CORE_READ(task, tgid);
	pid = BPF_CORE_READ(task, group_leader, thread_pid);
	for (unsigned i = 0; i < PID_NS_DEPTH; i++) {
		const struct upid *at = (void *)pid + bpf_core_field_offset(struct pid, numbers) + i * sizeof(*at);

		if (i > BPF_CORE_READ(pid, level))
			break;
		if (BPF_CORE_READ(at, ns, ns.inum) == namespaces.pid)
			return BPF_CORE_READ(at, nr);
	}
	return 0;
}

/*
 * One step up: append the name of the dentry, with its NUL, or go to where the file system is mounted. 0:
 * there is more; 1: this was the root; 2: no room.
 */
static __always_inline int step_up(struct walk *w, char *texts)
{
	struct dentry *dentry = w->dentry, *parent;
	struct mount *mount = w->mount, *above;
	__u32 at = w->at;
	long got;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		above = BPF_CORE_READ(mount, mnt_parent);
		w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = above;
		return above == mount;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry)
		return 1;
	if (at >= PATH_BYTES)
		return 2;
	got = bpf_probe_read_kernel_str(texts + (at & (PATH_BYTES - 1)), NAME_BYTES,
					BPF_CORE_READ(dentry, d_name.name));
	if (got <= 0 || got > NAME_BYTES)
		return 2;
	w->at = at + (__u32)got;
	w->dentry = parent;
	return 0;
}

/*
 * Append the names of a path, from the last one to the first, across mounts. False: the first ones had no room.
 */
static __always_inline bool put_path(struct walk *w, char *texts, const struct path *path)
{
	struct vfsmount *vfs = BPF_CORE_READ(path, mnt);

	w->dentry = BPF_CORE_READ(path, dentry);
	w->mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
	for (int i = 0; i < DEPTH_MAX; i++) {
		int end;

		/*
		 * Each round reads the walk from memory, the first one, too. Else clang enters the loop behind its
		 * first instruction, into which the last one then falls, and older kernels (6.1) take no such loop.
		 */
		asm volatile("" : : : "memory");
		end = step_up(w, texts);

		if (end)
			return end == 1;
	}
	return false;
}
