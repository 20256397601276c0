/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's half of the process sensor: tells of each exec, fork and end of a process into a ring, and which one had
 * a module loaded or unloaded. Never waits, never stops anything; what has no room is counted.
 */
#include "agent/bpf/task.bpf.h"
#include "agent/common/process_sample.h"

#define SOURCE_BPF 1 /* PROCESS_SOURCE_BPF */

/* What is too large for the stack. */
struct room {
	struct walk walk;
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

static __always_inline void put_args(struct room *r, const struct mm_struct *mm)
{
	unsigned long from = BPF_CORE_READ(mm, arg_start), end = BPF_CORE_READ(mm, arg_end);
	__u64 len = end - from;
	__u32 at = r->walk.at;

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

	r->walk.at = 0;
	if (!put_path(&r->walk, r->texts, &file->f_path))
		r->head.flags |= PROCESS_SAMPLE_EXE_CUT;
	r->head.exe_len = (__u16)r->walk.at;
	if (!put_path(&r->walk, r->texts, &fs->pwd))
		r->head.flags |= PROCESS_SAMPLE_CWD_CUT;
	r->head.cwd_len = (__u16)(r->walk.at - r->head.exe_len);
	put_args(r, mm);

	__u64 size = sizeof(r->head) + r->walk.at + r->head.args_len;

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

/*
 * The process that has it done is the one that runs. The kernel calls these before it tells of the module by an event
 * (kernel/module/main.c; of one that is loaded, since Linux 5.12), so who reads the ring when that comes finds it
 * there. Without modules (MODULES of the kernel) there is no such point, and the two are left out: what '?' means to
 * caltrop-bpf.
 */
static __always_inline void tell_module(__u8 kind, const struct module *module)
{
	struct {
		struct process_sample head;
		char name[PROCESS_SAMPLE_MODULE_MAX];
	} s;
	struct process_counts *c = counts();
	long got;

	if (!begin(&s.head, kind, (const struct task_struct *)bpf_get_current_task()))
		return;
	got = bpf_probe_read_kernel_str(s.name, sizeof(s.name), module->name);
	if (got <= 1 || got > (long)sizeof(s.name))
		return;
	s.head.exe_len = (__u16)(got - 1);
	if (bpf_ringbuf_output(&process_ring, &s, sizeof(s.head) + (__u64)(got - 1), BPF_RB_FORCE_WAKEUP) != 0 && c)
		add(&c->lost_others);
}

SEC("?tp_btf/module_load")
int BPF_PROG(process_loads, struct module *module)
{
	tell_module(PROCESS_SAMPLE_LOADS, module);
	return 0;
}

SEC("?tp_btf/module_free")
int BPF_PROG(process_unloads, struct module *module)
{
	tell_module(PROCESS_SAMPLE_UNLOADS, module);
	return 0;
}

/* The kernel gives most helpers to programs under the GPL only, which is why this file is under it, too. */
char LICENSE[] SEC("license") = "GPL";
