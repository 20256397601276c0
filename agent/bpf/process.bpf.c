/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's half of the process sensor: tells of each exec, fork and end of a process into a ring. It declares of
 * the kernel's structures only the members that it reads, and libbpf finds their places in the running kernel (CO-RE),
 * so the machine that builds needs no kernel headers. Never waits, never stops anything; what has no room is counted.
 */
#include "agent/common/process_sample.h"

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

#define SOURCE_BPF 1	/* PROCESS_SOURCE_BPF */
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

/* The guard's own namespace of pids, by the number of /proc/self/ns/pid; caltrop-bpf sets it. */
const volatile __u32 process_namespace = PID_NS_INIT;

/* What is too large for the stack. */
struct room {
	void *dentry, *mount; /* of the walk along a path */
	__u32 at;	      /* how much of texts is used */
	struct process_sample head;
	char texts[PATH_BYTES + NAME_BYTES + PROCESS_SAMPLE_ARGS_MAX + 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, PROCESS_RING_BYTES);
} process_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct process_counts);
} process_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} process_room SEC(".maps");

static __always_inline struct process_counts *counts(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&process_counts, &zero);
}

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

	if (process_namespace == PID_NS_INIT)
		return BPF_CORE_READ(task, tgid);
	pid = BPF_CORE_READ(task, group_leader, thread_pid);
	for (unsigned i = 0; i < PID_NS_DEPTH; i++) {
		const struct upid *at = (void *)pid + bpf_core_field_offset(struct pid, numbers) + i * sizeof(*at);

		if (i > BPF_CORE_READ(pid, level))
			break;
		if (BPF_CORE_READ(at, ns, ns.inum) == process_namespace)
			return BPF_CORE_READ(at, nr);
	}
	return 0;
}

/* False: the guard does not see the process. */
static __always_inline bool begin(struct process_sample *h, __u8 kind, const struct task_struct *task)
{
	__builtin_memset(h, 0, sizeof(*h));
	h->version = PROCESS_SAMPLE_VERSION;
	h->kind = kind;
	h->source = SOURCE_BPF;
	h->pid = pid_of(task);
	h->start = start_of(task);
	return h->pid != 0;
}

static __always_inline void set_parent(struct process_sample *h, const struct task_struct *parent)
{
	h->ppid = pid_of(parent);
	h->parent_start = start_of(parent);
}

/*
 * One step up: append the name of the dentry at r->at, with its NUL, or go to where the file system is mounted. 0:
 * there is more; 1: this was the root; 2: no room.
 */
static __always_inline int step_up(struct room *r)
{
	struct dentry *dentry = r->dentry, *parent;
	struct mount *mount = r->mount, *above;
	__u32 at = r->at;
	long got;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		above = BPF_CORE_READ(mount, mnt_parent);
		r->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		r->mount = above;
		return above == mount;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry)
		return 1;
	if (at >= PATH_BYTES)
		return 2;
	got = bpf_probe_read_kernel_str(r->texts + (at & (PATH_BYTES - 1)), NAME_BYTES,
					BPF_CORE_READ(dentry, d_name.name));
	if (got <= 0 || got > NAME_BYTES)
		return 2;
	r->at = at + (__u32)got;
	r->dentry = parent;
	return 0;
}

/*
 * Append the names of a path, from the last one to the first, across mounts. False: the first ones had no room. Where
 * the walk stands is kept in memory and not in registers, so that the verifier sees the same state in each round.
 */
static __always_inline bool put_path(struct room *r, const struct path *path)
{
	struct vfsmount *vfs = BPF_CORE_READ(path, mnt);

	r->dentry = BPF_CORE_READ(path, dentry);
	r->mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
	for (int i = 0; i < DEPTH_MAX; i++) {
		int end = step_up(r);

		if (end)
			return end == 1;
	}
	return false;
}

static __always_inline void put_args(struct room *r, const struct mm_struct *mm)
{
	unsigned long from = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	__u64 len = end - from;
	__u32 at = r->at;

	if (len > PROCESS_SAMPLE_ARGS_MAX) {
		len = PROCESS_SAMPLE_ARGS_MAX;
		r->head.flags |= PROCESS_SAMPLE_ARGS_CUT;
	}
	if (at > PATH_BYTES + NAME_BYTES)
		return;
	asm volatile("" : "+r"(len));
	len &= PROCESS_SAMPLE_ARGS_MAX;
	if (bpf_probe_read_user(r->texts + at, len, (const void *)from) == 0)
		r->head.args_len = (__u16)len;
	else
		r->head.flags |= PROCESS_SAMPLE_ARGS_CUT;
}

static __always_inline void put_ids(struct process_sample *h, const struct task_struct *task)
{
	h->uid = BPF_CORE_READ(task, cred, uid.val);
	h->euid = BPF_CORE_READ(task, cred, euid.val);
	h->loginuid = PROCESS_SAMPLE_NOBODY;
	if (bpf_core_field_exists(task->loginuid))
		h->loginuid = BPF_CORE_READ(task, loginuid.val);
	h->flags |= PROCESS_SAMPLE_IDS;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, __s32 old_pid, struct linux_binprm *bprm)
{
	__u32 zero = 0;
	struct room *r = bpf_map_lookup_elem(&process_room, &zero);
	struct process_counts *c = counts();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!r || !c)
		return 0;
	if (!begin(&r->head, PROCESS_SAMPLE_EXEC, task))
		return 0;
	add(&c->execs);
	set_parent(&r->head, BPF_CORE_READ(task, real_parent));
	put_ids(&r->head, task);
	bpf_probe_read_kernel_str(r->head.name, sizeof(r->head.name), task->comm);
	r->head.flags |= PROCESS_SAMPLE_BACK;

	struct file *file = BPF_CORE_READ(mm, exe_file);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	r->at = 0;
	if (!put_path(r, &file->f_path))
		r->head.flags |= PROCESS_SAMPLE_EXE_CUT;
	r->head.exe_len = (__u16)r->at;
	if (!put_path(r, &fs->pwd))
		r->head.flags |= PROCESS_SAMPLE_CWD_CUT;
	r->head.cwd_len = (__u16)(r->at - r->head.exe_len);
	put_args(r, mm);

	__u64 size = sizeof(r->head) + r->at + r->head.args_len;

	if (size > sizeof(r->head) + sizeof(r->texts))
		return 0;
	if (bpf_ringbuf_output(&process_ring, &r->head, size, BPF_RB_FORCE_WAKEUP) != 0)
		add(&c->lost);
	return 0;
}

/*
 * Forks and ends wake nobody while the ring has room: they matter when the next exec does. The kernel by itself wakes
 * only a reader that had read everything, which is why an exec forces it.
 */
static __always_inline void output_quietly(struct process_sample *h)
{
	struct process_counts *c = counts();
	__u64 waits = bpf_ringbuf_query(&process_ring, BPF_RB_AVAIL_DATA);
	__u64 flags = waits > PROCESS_RING_BYTES / 4 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;

	if (bpf_ringbuf_output(&process_ring, h, sizeof(*h), flags) != 0 && c)
		add(&c->lost_others);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct process_sample h;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0; /* a thread */
	if (!begin(&h, PROCESS_SAMPLE_FORK, child))
		return 0;
	set_parent(&h, parent);
	output_quietly(&h);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct process_sample h;

	if (BPF_CORE_READ(task, pid) != BPF_CORE_READ(task, tgid))
		return 0;
	if (!begin(&h, PROCESS_SAMPLE_EXIT, task))
		return 0;
	h.status = (__u32)BPF_CORE_READ(task, exit_code);
	output_quietly(&h);
	return 0;
}

/* The kernel gives most helpers to programs under the GPL only, which is why this file is under it, too. */
char LICENSE[] SEC("license") = "GPL";
