/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's half of the socket sensor: tells of each TCP connection that is made or fails, and of each socket that
 * begins to listen, into a ring. The owner is known when the program calls connect(2) or listen(2) only, since what
 * follows happens while any process runs: it is kept beside the socket until the connection stands. Never waits, never
 * stops anything; what has no room is counted.
 */
#include "agent/bpf/task.bpf.h"
#include "agent/common/socket_sample.h"

#define SOURCE_BPF 1   /* CONNECTION_SOURCE_BPF */
#define PROTOCOL_TCP 1 /* CONNECTION_TCP */
#define IPPROTO_TCP 6
#define FAMILY_4 2 /* AF_INET */
#define FAMILY_6 10

/* Of linux/bpf.h. */
enum { BPF_MAP_TYPE_SK_STORAGE = 24, BPF_F_NO_PREALLOC = 1, BPF_SK_STORAGE_GET_F_CREATE = 1 };

/* Of linux/tcp_states.h. */
enum { ESTABLISHED = 1, SYN_SENT = 2, SYN_RECV = 3, CLOSE = 7, LISTEN = 10 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct net {
	struct ns_common ns;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct in6_addr {
	__u8 bytes[16];
};
struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
};
#pragma clang attribute pop

/* A sample while it is made: the texts are behind the head. */
struct room {
	struct walk walk;
	struct socket_sample head;
	char texts[PATH_BYTES + NAME_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, SOCKET_RING_BYTES);
} socket_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct socket_counts);
} socket_counts SEC(".maps");

/* What is known of a connection that is being made. It goes with the socket. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct room);
} socket_begun SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} socket_room SEC(".maps");

static __always_inline void put_addresses(struct socket_sample *h, struct sock *sk)
{
	const void *common = (const void *)sk + bpf_core_field_offset(struct sock, __sk_common);

	h->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	h->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		h->remote_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	h->family = 4;
	bpf_probe_read_kernel(h->local, 4, common + bpf_core_field_offset(struct sock_common, skc_rcv_saddr));
	bpf_probe_read_kernel(h->remote, 4, common + bpf_core_field_offset(struct sock_common, skc_daddr));
	if (BPF_CORE_READ(sk, __sk_common.skc_family) != FAMILY_6 ||
	    !bpf_core_field_exists(struct sock_common, skc_v6_daddr))
		return;
	h->family = 6;
	bpf_probe_read_kernel(h->local, 16, common + bpf_core_field_offset(struct sock_common, skc_v6_rcv_saddr));
	bpf_probe_read_kernel(h->remote, 16, common + bpf_core_field_offset(struct sock_common, skc_v6_daddr));
}

/* The process that runs now. One of the kernel's own, or of another container, is none. */
static __always_inline void put_owner(struct room *r)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct socket_sample *h = &r->head;

	h->uid = BPF_CORE_READ(task, cred, uid.val);
	h->flags = SOCKET_SAMPLE_UID;
	if (!BPF_CORE_READ(task, mm))
		return;
	h->pid = pid_of(task);
	if (h->pid == 0)
		return;
	bpf_probe_read_kernel_str(h->name, sizeof(h->name), task->group_leader->comm);
	h->flags |= SOCKET_SAMPLE_BACK;
	r->walk.at = 0;
	if (!put_path(&r->walk, r->texts, &file->f_path))
		h->flags |= SOCKET_SAMPLE_EXE_CUT;
	h->exe_len = (__u16)r->walk.at;
}

static __always_inline void begin(struct socket_sample *h, __u8 kind, struct sock *sk)
{
	__builtin_memset(h, 0, sizeof(*h));
	h->version = SOCKET_SAMPLE_VERSION;
	h->kind = kind;
	h->source = SOURCE_BPF;
	h->protocol = PROTOCOL_TCP;
	put_addresses(h, sk);
}

static __always_inline void output(struct room *r, struct socket_counts *c)
{
	__u64 len = r->head.exe_len;

	if (len > sizeof(r->texts))
		return;
	if (bpf_ringbuf_output(&socket_ring, &r->head, sizeof(r->head) + len, 0) != 0)
		add(&c->lost);
}

/* What began with a call of connect(2) stands, or failed. */
static __always_inline void end(struct sock *sk, struct room *r, struct socket_counts *c, bool stands)
{
	r->head.kind = stands ? SOCKET_SAMPLE_OPENED : SOCKET_SAMPLE_FAILED;
	if (stands)
		put_addresses(&r->head, sk);
	add(stands ? &c->opened : &c->failed);
	output(r, c);
	bpf_sk_storage_delete(&socket_begun, sk);
}

static __always_inline struct socket_counts *counts_for(struct sock *sk)
{
	__u32 zero = 0;

	if (sk->sk_protocol != IPPROTO_TCP || BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) != namespaces.net)
		return NULL;
	return bpf_map_lookup_elem(&socket_counts, &zero);
}

static __always_inline void listen(struct sock *sk, struct socket_counts *c)
{
	__u32 zero = 0;
	struct room *r = bpf_map_lookup_elem(&socket_room, &zero);

	if (!r)
		return;
	begin(&r->head, SOCKET_SAMPLE_LISTENS, sk);
	put_owner(r);
	r->head.cookie = bpf_get_socket_cookie(sk);
	add(&c->listens);
	output(r, c);
}

/*
 * The kernel passes over a program that it would call while that program itself is interrupted, and does not tell. So
 * what a process does and what packets do are two programs, and the one that takes long is not missed by the other.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_call, struct sock *sk, int before, int now)
{
	struct socket_counts *c;
	struct room *r;

	if ((now != LISTEN && now != SYN_SENT) || !(c = counts_for(sk)))
		return 0;
	if (now == LISTEN) {
		listen(sk, c);
		return 0;
	}
	r = bpf_sk_storage_get(&socket_begun, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (r) {
		begin(&r->head, SOCKET_SAMPLE_OPENED, sk);
		put_owner(r);
	} else {
		add(&c->lost);
	}
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(socket_state, struct sock *sk, int before, int now)
{
	struct socket_counts *c;
	struct socket_sample h;
	struct room *r;

	if ((now != ESTABLISHED && now != CLOSE) || !(c = counts_for(sk)))
		return 0;
	r = bpf_sk_storage_get(&socket_begun, sk, 0, 0);
	if (r) {
		end(sk, r, c, now == ESTABLISHED);
	} else if (now == ESTABLISHED && before == SYN_RECV) {
		begin(&h, SOCKET_SAMPLE_ACCEPTED, sk);
		add(&c->accepted);
		if (bpf_ringbuf_output(&socket_ring, &h, sizeof(h), 0) != 0)
			add(&c->lost);
	}
	return 0;
}

/* The kernel gives most helpers to programs under the GPL only, which is why this file is under it, too. */
char LICENSE[] SEC("license") = "GPL";
