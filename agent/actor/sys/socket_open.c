/* SPDX-License-Identifier: Apache-2.0 */
/* Opens sockets to the kernel's lists of sockets, and finds the owners of what listens. Reads no news. */
#include "agent/actor/sys/socket_open.h"

#include "agent/actor/sys/loader.h"
#include "agent/actor/sys/owner.h"
#include "agent/base/netlink_socket.h"
#include "agent/base/str.h"
#include "agent/common/proc_read.h"
#include "agent/common/socket_diag.h"
#include "agent/event/connection.h"

#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define DUMP_BYTES (32 << 10)
#define CLOSES_BYTES (1 << 20)
#define CONNTRACK_BYTES (1 << 20)

struct found {
	struct socket_sample sample;
	struct owner_found owner; /* pid 0: not found */
};

/* What listens, while its owners are searched. */
struct search {
	unsigned count, owned;
	uint8_t protocol;
	struct found found[CONFIG_LISTENERS_MAX];
};

static struct loader made;

static int none(int number)
{
	errno = number;
	return -1;
}

int socket_open_ring(const struct settings *settings)
{
	if (settings->network_source != NETWORK_AUTO && settings->network_source != NETWORK_BPF)
		return none(0);
	if (IS_ENABLED(CONFIG_SENSOR_SOCKET_BPF))
		loader_run(&made, "socket");
	else
		str_show(STR(LOADER_NOT_BUILT), made.why, sizeof(made.why));
	return made.there ? made.fds[0] : none(0);
}

int socket_open_counts(const struct settings *settings)
{
	(void)settings;
	return made.there ? made.fds[1] : none(0);
}

int socket_open_diag(const struct settings *settings)
{
	struct netlink s;

	(void)settings;
	return netlink_open(&s, NETLINK_SOCK_DIAG) == ERR_OK ? s.fd : -1;
}

/* Connections end all the time; only what has no other end may be a listener. */
static bool filter(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, NLMSG_HDRLEN + offsetof(struct inet_diag_msg, id.idiag_dport)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	static const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

int socket_open_closes(const struct settings *settings)
{
	static const unsigned groups[] = {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY, SKNLGRP_INET_UDP_DESTROY,
					  SKNLGRP_INET6_UDP_DESTROY};
	struct netlink s;
	unsigned joined = 0;

	(void)settings;
	if (netlink_open(&s, NETLINK_SOCK_DIAG) != ERR_OK)
		return -1;
	netlink_queue(s.fd, CLOSES_BYTES);
	/* A kernel without one of the protocols has no such group. */
	for (unsigned i = 0; filter(s.fd) && i < sizeof(groups) / sizeof(groups[0]); i++)
		joined += netlink_join(s.fd, groups[i]) == ERR_OK;
	if (joined > 0)
		return s.fd;
	netlink_close(&s);
	return -1;
}

/* A look at what is there comes first, because asking for the news would load the kernel's module. */
int socket_open_conntrack(const struct settings *settings)
{
	struct netlink s;

	if (settings->network_source != NETWORK_AUTO && settings->network_source != NETWORK_CONNTRACK)
		return none(0);
	if (access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK) != 0)
		return none(0);
	if (netlink_open(&s, NETLINK_NETFILTER) != ERR_OK)
		return -1;
	netlink_queue(s.fd, CONNTRACK_BYTES);
	if (netlink_join(s.fd, NFNLGRP_CONNTRACK_NEW) == ERR_OK)
		return s.fd;
	netlink_close(&s);
	return -1;
}

static void take(void *context, const struct netlink_message *m)
{
	struct search *s = context;
	struct found *f = &s->found[s->count];

	if (s->count < CONFIG_LISTENERS_MAX && socket_diag_read(m, s->protocol, &f->sample, &f->owner.inode))
		s->count++;
}

static void list(struct search *s)
{
	static char memory[DUMP_BYTES];
	struct netlink socket = {.fd = -1, .in = memory, .in_cap = sizeof(memory)};
	const struct netlink_reader reader = {take, NULL, s};
	char bytes[128];

	if (netlink_open(&socket, NETLINK_SOCK_DIAG) != ERR_OK)
		return;
	for (s->protocol = CONNECTION_TCP; s->protocol <= CONNECTION_UDP; s->protocol++)
		for (uint8_t family = 4; family <= 6; family += 2) {
			struct netlink_out o = netlink_over(bytes, sizeof(bytes));
			unsigned before = s->count;

			socket_diag_ask(&o, family, s->protocol);
			if (netlink_ask(&socket, &o, o.seq, &reader) != ERR_OK)
				s->count = before;
		}
	netlink_close(&socket);
}

static void note_owner(struct search *s, const struct owner_found *owner)
{
	for (unsigned i = 0; i < s->count; i++) {
		struct found *f = &s->found[i];

		if (f->owner.inode != owner->inode || f->owner.pid != 0)
			continue;
		f->owner = *owner;
		s->owned++;
	}
}

static void search_all(struct search *s, int proc)
{
	static struct owner_walk walk;
	enum owner_step step = OWNER_NOTHING;
	struct owner_found found;

	if (!owner_begin(&walk, proc, NULL, NULL))
		return;
	while (s->owned < s->count && step != OWNER_END) {
		step = owner_next(&walk, &found);
		if (step == OWNER_SOCKET)
			note_owner(s, &found);
	}
	owner_end(&walk);
}

/* Write a sample with the owner's name and path behind it. */
static bool put(int fd, int proc, struct found *f)
{
	static union proc_sample process;
	const char *exe = process.bytes + sizeof(process.head);
	struct socket_sample *h = &f->sample;

	if (f->owner.pid && owner_read(proc, &f->owner, &process)) {
		h->pid = f->owner.pid;
		memcpy(h->name, process.head.name, sizeof(h->name));
		h->exe_len = process.head.exe_len;
	}
	return write(fd, h, sizeof(*h)) == (ssize_t)sizeof(*h) && write(fd, exe, h->exe_len) == (ssize_t)h->exe_len;
}

int socket_open_list(const struct settings *settings)
{
	int fd = memfd_create("listeners", MFD_CLOEXEC);
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct search *s = calloc(1, sizeof(*s));
	struct socket_list head;

	(void)settings;
	memcpy(head.why, made.why, sizeof(head.why));
	if (s && fd >= 0 && write(fd, &head, sizeof(head)) == (ssize_t)sizeof(head)) {
		list(s);
		search_all(s, proc);
		for (unsigned i = 0; i < s->count; i++)
			if (!put(fd, proc, &s->found[i]))
				break; /* no memory: the list ends here */
	}
	free(s);
	if (proc >= 0)
		close(proc);
	return fd;
}
