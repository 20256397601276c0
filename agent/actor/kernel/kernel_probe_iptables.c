/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks ipset for its version and its kinds of sets, and x_tables for a table and the revisions of matches, as their
 * programs do. The kernel loads the modules of kinds, tables and matches; those of ipset and iptables themselves have
 * to be loaded, for caltropd as for this.
 */
#include "agent/actor/kernel/kernel_probe.h"

#include "agent/base/netlink_socket.h"

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netlink.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) && IPT_SO_GET_INFO == IP6T_SO_GET_INFO,
	       "one form for both families");

/* Ask for a kind of sets; NULL: for ipset's version. */
static enum kernel_state has_kind(const char *kind)
{
	const struct nfgenmsg header = {.nfgen_family = NFPROTO_IPV4, .version = NFNETLINK_V0};
	char in[4096], bytes[256];
	struct netlink s = {.fd = -1, .in = in, .in_cap = sizeof(in)};
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	enum err err = netlink_open(&s, NETLINK_NETFILTER);

	netlink_begin(&o, NFNL_SUBSYS_IPSET << 8 | (kind ? IPSET_CMD_TYPE : IPSET_CMD_PROTOCOL), NLM_F_ACK);
	netlink_header(&o, &header, sizeof(header));
	netlink_u8(&o, IPSET_ATTR_PROTOCOL, IPSET_PROTOCOL_MIN);
	if (kind) {
		netlink_text(&o, IPSET_ATTR_TYPENAME, kind);
		netlink_u8(&o, IPSET_ATTR_FAMILY, NFPROTO_IPV4);
	}
	if (err == ERR_OK)
		err = netlink_ask(&s, &o, o.seq, NULL);
	netlink_close(&s);
	switch (err) {
	case ERR_OK: return KERNEL_THERE;
	case ERR_DENIED:
	case ERR_TIMEOUT:
	case ERR_NO_MEMORY: return KERNEL_UNKNOWN;
	default: return KERNEL_MISSING;
	}
}

enum kernel_state kernel_probe_ip_set(void)
{
	return has_kind(NULL);
}

enum kernel_state kernel_probe_ip_set_hash_ip(void)
{
	return has_kind("hash:ip");
}

enum kernel_state kernel_probe_ip_set_hash_net(void)
{
	return has_kind("hash:net");
}

/* Ask x_tables of a family by a socket option. */
static enum kernel_state ask(int family, int option, void *value, socklen_t len)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int failed = fd < 0 ? errno : 0;

	if (fd >= 0 && getsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, option, value, &len) != 0)
		failed = errno;
	if (fd >= 0)
		close(fd);
	switch (failed) {
	case 0: return KERNEL_THERE;
	case EPERM:
	case ENOMEM:
	case EMFILE:
	case ENFILE: return KERNEL_UNKNOWN;
	default: return KERNEL_MISSING;
	}
}

static enum kernel_state has_match(struct xt_get_revision match)
{
	return ask(AF_INET, IPT_SO_GET_REVISION_MATCH, &match, sizeof(match));
}

enum kernel_state kernel_probe_xt_set(void)
{
	return has_match((struct xt_get_revision){.name = "set", .revision = 4});
}

enum kernel_state kernel_probe_xt_limit(void)
{
	return has_match((struct xt_get_revision){.name = "limit", .revision = 0});
}

enum kernel_state kernel_probe_xt_owner(void)
{
	return has_match((struct xt_get_revision){.name = "owner", .revision = 1});
}

enum kernel_state kernel_probe_xt_conntrack(void)
{
	return has_match((struct xt_get_revision){.name = "conntrack", .revision = 3});
}

enum kernel_state kernel_probe_xt_multiport(void)
{
	return has_match((struct xt_get_revision){.name = "multiport", .revision = 1});
}

enum kernel_state kernel_probe_xt_socket(void)
{
	return has_match((struct xt_get_revision){.name = "socket", .revision = 2});
}

enum kernel_state kernel_probe_xt_pkttype(void)
{
	return has_match((struct xt_get_revision){.name = "pkttype", .revision = 0});
}

enum kernel_state kernel_probe_xt_nflog(void)
{
	struct xt_get_revision target = {.name = "NFLOG", .revision = 0};

	return ask(AF_INET, IPT_SO_GET_REVISION_TARGET, &target, sizeof(target));
}

static enum kernel_state has_mangle(int family)
{
	struct ipt_getinfo info = {.name = "mangle"};

	return ask(family, IPT_SO_GET_INFO, &info, sizeof(info));
}

enum kernel_state kernel_probe_ip_mangle(void)
{
	return has_mangle(AF_INET);
}

enum kernel_state kernel_probe_ip6_mangle(void)
{
	return has_mangle(AF_INET6);
}
