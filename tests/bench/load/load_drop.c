/* SPDX-License-Identifier: Apache-2.0 */
/* Listens to the kernel's own news of its sets. Never asks it for anything. */
#include "tests/bench/load/load_drop.h"

#include "tests/bench/load/load_times.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct mnl_socket *nl;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

void load_drop_open(void)
{
	int group = NFNLGRP_NFTABLES, size = 8 << 20;

	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink socket");
	if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		die("join the nf_tables group");
	(void)setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

int load_drop_fd(void)
{
	return mnl_socket_get_fd(nl);
}

/* Whether a datagram of notifications holds a new set element with this address. */
static bool announces(const uint8_t *buffer, size_t len, uint32_t address_be)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
	int left = (int)len;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM) &&
		    memmem(message, message->nlmsg_len, &address_be, sizeof(address_be)))
			return true;
	return false;
}

bool load_drop_look(uint32_t address_be)
{
	static uint8_t buffer[65536] __attribute__((aligned(8)));
	ssize_t got = recv(load_drop_fd(), buffer, sizeof(buffer), MSG_DONTWAIT);

	return got > 0 && announces(buffer, (size_t)got, address_be);
}

int64_t load_drop_wait(uint32_t address_be, int64_t until_us)
{
	struct pollfd fd = {load_drop_fd(), POLLIN, 0};

	for (;;) {
		int64_t left = until_us - load_times_clock_us();

		if (left <= 0 || poll(&fd, 1, (int)(left / 1000) + 1) < 0)
			return -1;
		if (load_drop_look(address_be))
			return load_times_clock_us();
	}
}
