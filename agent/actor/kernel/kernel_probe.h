/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the running kernel whether it has something, by using it in a way that changes nothing: it may load a module. A
 * row of ports/linux/kernel.needs names a probe without `kernel_probe_`. Each makes its own descriptors and closes
 * them.
 */
#pragma once

#include <stdbool.h>

enum kernel_state {
	KERNEL_UNKNOWN, /* the caller may not ask, or the answer is none */
	KERNEL_THERE,
	KERNEL_MISSING,
};

/*
 * Whether connection tracking is loaded. It is asked only then: to ask would load it, and the guard takes one that is
 * there for a source (socket_open.c).
 */
bool kernel_probe_tracks(void);

/* System calls, and what is seen in /proc and /sys; anybody may ask. */
enum kernel_state kernel_probe_inet(void);
enum kernel_state kernel_probe_unix(void);
enum kernel_state kernel_probe_proc(void);
enum kernel_state kernel_probe_epoll(void);
enum kernel_state kernel_probe_eventfd(void);
enum kernel_state kernel_probe_signalfd(void);
enum kernel_state kernel_probe_timerfd(void);
enum kernel_state kernel_probe_inotify(void);
enum kernel_state kernel_probe_memfd(void);
enum kernel_state kernel_probe_seccomp(void);
enum kernel_state kernel_probe_landlock(void);
enum kernel_state kernel_probe_bpf(void);
enum kernel_state kernel_probe_btf(void);
enum kernel_state kernel_probe_fanotify(void);
enum kernel_state kernel_probe_fanotify_names(void); /* root alone */
enum kernel_state kernel_probe_pidfd(void);
enum kernel_state kernel_probe_audit(void);
enum kernel_state kernel_probe_connector(void);

/* The lists of sockets, and parts of netfilter; to end a connection and to ask netfilter is for CAP_NET_ADMIN. */
enum kernel_state kernel_probe_tcp_diag(void);
enum kernel_state kernel_probe_udp_diag(void);
enum kernel_state kernel_probe_tcp_destroy(void);
enum kernel_state kernel_probe_nf_tables(void);
enum kernel_state kernel_probe_conntrack(void); /* where connections are tracked */
enum kernel_state kernel_probe_packet_log(void);

/* What rules of nf_tables are made of, by a transaction that is never committed; for CAP_NET_ADMIN. */
enum kernel_state kernel_probe_nft_inet(void);
enum kernel_state kernel_probe_nft_counter(void);
enum kernel_state kernel_probe_nft_limit(void);
enum kernel_state kernel_probe_nft_log(void);
enum kernel_state kernel_probe_nft_socket(void);
enum kernel_state kernel_probe_nft_ct(void); /* where connections are tracked */

/* What ipset and iptables need; for CAP_NET_ADMIN. */
enum kernel_state kernel_probe_ip_set(void);
enum kernel_state kernel_probe_ip_set_hash_ip(void);
enum kernel_state kernel_probe_ip_set_hash_net(void);
enum kernel_state kernel_probe_xt_set(void);
enum kernel_state kernel_probe_xt_limit(void);
enum kernel_state kernel_probe_xt_owner(void);
enum kernel_state kernel_probe_xt_conntrack(void);
enum kernel_state kernel_probe_xt_multiport(void);
enum kernel_state kernel_probe_xt_socket(void);
enum kernel_state kernel_probe_xt_pkttype(void);
enum kernel_state kernel_probe_xt_nflog(void);
enum kernel_state kernel_probe_ip_mangle(void);
enum kernel_state kernel_probe_ip6_mangle(void);
