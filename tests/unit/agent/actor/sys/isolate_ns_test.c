/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation against a real kernel: three network namespaces of its own, a device between a far network and one behind
 * it, with real connections of both families. Skipped without the rights.
 */
#include "agent/actor/sys/cut.h"
#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_elem.h"
#include "agent/actor/sys/nft_wire.h"
#include "tests/unit/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE_PORT 8443
#define OTHER_PORT 2222
#define BLOCKED_MS 250 /* in which a connection over veth is up many times over */
#define GUARD_UID 12345

enum where { DEVICE, FAR, BEHIND, WHERES };

static const uint16_t ports[] = {53, SERVICE_PORT, OTHER_PORT};

static struct nft n, other;
static struct cut cut;
static int namespaces[WHERES];
static pid_t holders[WHERES];
static bool possible;

static struct addr nets[2], service[2], resolvers[2];
static struct isolate_filter filter;

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	return a;
}

static void go(enum where where)
{
	assert_int_equal(setns(namespaces[where], CLONE_NEWNET), 0);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return done;
}

/* A child that keeps a namespace open under a pid that ip(8) can name. */
static bool hold(enum where where)
{
	char path[64], byte;
	int ready[2];

	if (pipe(ready) != 0)
		return false;
	holders[where] = fork();
	if (holders[where] == 0) {
		if (unshare(CLONE_NEWNET) == 0)
			(void)!write(ready[1], "x", 1);
		close(ready[1]);
		close(ready[0]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return false;
	close(ready[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)holders[where]);
	namespaces[where] = open(path, O_RDONLY | O_CLOEXEC);
	return namespaces[where] >= 0;
}

static bool link_up(enum where where, const char *name, const char *const *addresses)
{
	char words[128];
	bool good = true;

	go(where);
	good = ip_run("link set lo up");
	snprintf(words, sizeof(words), "link set %s up", name);
	good = good && ip_run(words);
	for (; good && *addresses; addresses++) {
		snprintf(words, sizeof(words), "address add %s dev %s%s", *addresses, name,
			 strchr(*addresses, ':') ? " nodad" : "");
		good = ip_run(words);
	}
	return good;
}

static void listen_on(enum where where, uint16_t port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd, udp, on = 1;

	go(where);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	udp = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(bind(udp, (struct sockaddr *)&any, sizeof(any)), 0);
}

static bool build_world(void)
{
	static const char *const far[] = {"203.0.113.2/24",   "203.0.113.3/24",	   "203.0.113.4/24",
					  "203.0.113.53/24",  "2001:db8:1::2/64",  "2001:db8:1::3/64",
					  "2001:db8:1::4/64", "2001:db8:1::53/64", NULL};
	static const char *const near[] = {"203.0.113.1/24", "2001:db8:1::1/64", NULL};
	static const char *const gate[] = {"198.51.100.1/24", "2001:db8:2::1/64", NULL};
	static const char *const behind[] = {"198.51.100.2/24", "2001:db8:2::2/64", NULL};
	char words[128];

	namespaces[DEVICE] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	/* Or nobody is asked for a neighbour until the link-local address is known to be free, a second or two. */
	(void)write_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	if (!hold(FAR) || !hold(BEHIND))
		return false;
	snprintf(words, sizeof(words), "link add one type veth peer name far netns %d", (int)holders[FAR]);
	if (!ip_run(words))
		return false;
	snprintf(words, sizeof(words), "link add two type veth peer name behind netns %d", (int)holders[BEHIND]);
	if (!ip_run(words) || !link_up(FAR, "far", far) || !link_up(BEHIND, "behind", behind) ||
	    !link_up(DEVICE, "one", near) || !link_up(DEVICE, "two", gate))
		return false;
	go(FAR);
	if (!ip_run("route add 198.51.100.0/24 via 203.0.113.1") ||
	    !ip_run("-6 route add 2001:db8:2::/64 via 2001:db8:1::1"))
		return false;
	go(BEHIND);
	if (!ip_run("route add default via 198.51.100.1") || !ip_run("-6 route add default via 2001:db8:2::1"))
		return false;
	go(DEVICE);
	return write_file("/proc/sys/net/ipv4/ip_forward", "1") &&
	       write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1");
}

static int enter_world(void **state)
{
	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) != 0 || !build_world())
		return 0;
	possible = nft_open(&n) == ERR_OK && nft_open(&other) == ERR_OK && nft_setup(&n) == ERR_OK &&
		   cut_open(&cut, n.in_bytes, sizeof(n.in_bytes)) == ERR_OK;
	for (unsigned i = 0; possible && i < sizeof(ports) / sizeof(ports[0]); i++) {
		listen_on(FAR, ports[i]);
		listen_on(DEVICE, ports[i]);
	}
	go(DEVICE);
	return 0;
}

static int leave_world(void **state)
{
	(void)state;
	for (unsigned i = 0; i < WHERES; i++)
		if (holders[i] > 0) {
			kill(holders[i], SIGKILL);
			waitpid(holders[i], NULL, 0);
		}
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	nets[0] = addr_of("203.0.113.2");
	nets[1] = addr_of("2001:db8:1::2");
	service[0] = addr_of("203.0.113.3");
	service[1] = addr_of("2001:db8:1::3");
	resolvers[0] = addr_of("203.0.113.53");
	resolvers[1] = addr_of("2001:db8:1::53");
	filter = (struct isolate_filter){.nets = nets,
					 .net_count = 2,
					 .service = service,
					 .service_count = 2,
					 .service_port = SERVICE_PORT,
					 .resolvers = resolvers,
					 .resolver_count = 2,
					 .guard_uid = GUARD_UID};
	if (!possible)
		return 0;
	go(DEVICE);
	return isolate_clear(&n) == ERR_UNVERIFIED ? -1 : 0;
}

static socklen_t socket_address(const char *text, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (out->ss_family == AF_INET) {
		v4->sin_port = htons(port);
		assert_int_equal(inet_pton(AF_INET, text, &v4->sin_addr), 1);
		return sizeof(*v4);
	}
	v6->sin6_port = htons(port);
	assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
	return sizeof(*v6);
}

/* A connection from somewhere, or -1; `from` may be NULL. */
static int call(enum where where, const char *from, const char *to, uint16_t port)
{
	struct sockaddr_storage peer, own;
	socklen_t len = socket_address(to, port, &peer);
	struct pollfd p = {.events = POLLOUT};
	int on = 1, error = 0;

	go(where);
	p.fd = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	go(DEVICE);
	assert_true(p.fd >= 0);
	assert_int_equal(setsockopt(p.fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	/* "address#port" binds to that port too. */
	if (from) {
		char text[64];
		uint16_t own_port = 0;

		snprintf(text, sizeof(text), "%s", from);
		if (strchr(text, '#')) {
			own_port = (uint16_t)strtoul(strchr(text, '#') + 1, NULL, 10);
			*strchr(text, '#') = '\0';
		}
		assert_int_equal(bind(p.fd, (struct sockaddr *)&own, socket_address(text, own_port, &own)), 0);
	}
	(void)!connect(p.fd, (struct sockaddr *)&peer, len);
	len = sizeof(error);
	if (poll(&p, 1, BLOCKED_MS) == 1 && getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
		return p.fd;
	close(p.fd);
	return -1;
}

static bool reaches(enum where where, const char *from, const char *to, uint16_t port)
{
	int fd = call(where, from, to, port);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Whether a datagram to port 53 leaves, from a socket of that user. */
static bool asks(uid_t uid, const char *to)
{
	struct sockaddr_storage peer;
	socklen_t len = socket_address(to, 53, &peer);
	bool sent;
	int fd;

	assert_int_equal(seteuid(uid), 0);
	fd = socket(peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(seteuid(0), 0);
	sent = sendto(fd, "?", 1, 0, (struct sockaddr *)&peer, len) == 1;
	close(fd);
	return sent;
}

static void everything_reaches_everybody(void)
{
	assert_true(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
	assert_true(reaches(DEVICE, NULL, "2001:db8:1::4", OTHER_PORT));
	assert_true(reaches(FAR, "203.0.113.4", "203.0.113.1", OTHER_PORT));
	assert_true(reaches(FAR, "2001:db8:1::4", "2001:db8:1::1", OTHER_PORT));
	assert_true(reaches(BEHIND, NULL, "203.0.113.2", OTHER_PORT));
	assert_true(reaches(BEHIND, NULL, "2001:db8:1::2", OTHER_PORT));
	assert_true(asks(0, "203.0.113.53"));
}

static void isolation_passes_only_what_is_listed(void **state)
{
	(void)state;
	if (!possible)
		skip();
	everything_reaches_everybody();
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_NOT_FOUND);
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	/* Both directions, both families; who the neighbours are is asked anew. */
	assert_true(ip_run("neigh flush dev one"));
	assert_true(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
	assert_true(reaches(DEVICE, NULL, "2001:db8:1::2", OTHER_PORT));
	assert_true(reaches(FAR, "203.0.113.2", "203.0.113.1", OTHER_PORT));
	assert_true(reaches(FAR, "2001:db8:1::2", "2001:db8:1::1", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "2001:db8:1::4", OTHER_PORT));
	assert_false(reaches(FAR, "203.0.113.4", "203.0.113.1", OTHER_PORT));
	assert_false(reaches(FAR, "2001:db8:1::4", "2001:db8:1::1", OTHER_PORT));
	/* Loopback, to our own address too. */
	assert_true(reaches(DEVICE, NULL, "127.0.0.1", OTHER_PORT));
	assert_true(reaches(DEVICE, NULL, "203.0.113.1", OTHER_PORT));
	assert_true(reaches(DEVICE, NULL, "::1", OTHER_PORT));
	/* The given network passes here, not through us. */
	assert_false(reaches(BEHIND, NULL, "203.0.113.2", OTHER_PORT));
	assert_false(reaches(BEHIND, NULL, "2001:db8:1::2", OTHER_PORT));
	assert_int_equal(isolate_clear(&n), ERR_OK);
	assert_int_equal(isolate_clear(&n), ERR_NOT_FOUND);
	everything_reaches_everybody();
}

static void isolation_passes_networks_by_their_prefix(void **state)
{
	(void)state;
	if (!possible)
		skip();
	nets[0] = addr_of("203.0.113.4/30");
	nets[1] = addr_of("2001:db8:1::4/126");
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_true(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
	assert_true(reaches(FAR, "2001:db8:1::4", "2001:db8:1::1", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
	assert_false(reaches(FAR, "2001:db8:1::2", "2001:db8:1::1", OTHER_PORT));
	nets[0] = addr_of("0.0.0.0/0");
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_true(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "2001:db8:1::2", OTHER_PORT));
}

static void isolation_passes_the_service_and_names_for_the_guard(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_true(reaches(DEVICE, NULL, "203.0.113.3", SERVICE_PORT));
	assert_true(reaches(DEVICE, NULL, "2001:db8:1::3", SERVICE_PORT));
	assert_false(reaches(DEVICE, NULL, "203.0.113.3", OTHER_PORT));
	assert_false(reaches(FAR, "203.0.113.3", "203.0.113.1", OTHER_PORT));
	assert_true(asks(GUARD_UID, "203.0.113.53"));
	assert_true(asks(GUARD_UID, "2001:db8:1::53"));
	assert_false(asks(GUARD_UID, "203.0.113.4"));
	assert_false(asks(0, "203.0.113.53"));
	assert_false(asks(0, "2001:db8:1::53"));
	assert_false(reaches(DEVICE, NULL, "203.0.113.53", 53));
	filter.dns = filter.dhcp = true;
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_UNVERIFIED);
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_true(asks(0, "203.0.113.53"));
	assert_true(reaches(DEVICE, NULL, "203.0.113.53", 53));
	assert_true(reaches(DEVICE, NULL, "2001:db8:1::53", 53));
	/* Who answers must not open a connection of its own. */
	assert_false(reaches(FAR, "203.0.113.53#53", "203.0.113.1", OTHER_PORT));
	assert_false(reaches(FAR, "203.0.113.3#8443", "203.0.113.1", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
}

static void isolation_refuses_a_list_that_is_too_long(void **state)
{
	(void)state;
	if (!possible)
		skip();
	filter.net_count = ISOLATE_NETS_MAX + 1;
	assert_int_equal(isolate_set(&n, &filter), ERR_INVALID);
	filter.net_count = 2;
	filter.service_port = 0;
	assert_int_equal(isolate_set(&n, &filter), ERR_INVALID);
	assert_false(isolate_is_set(&n));
}

static void isolation_fits_with_every_list_full(void **state)
{
	struct addr many[ISOLATE_NETS_MAX];

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < ISOLATE_NETS_MAX; i++)
		many[i] = (struct addr){6, 127, {0x20, 1, 0xd, 0xb8, 9, [15] = (uint8_t)(2 * i)}};
	filter.nets = filter.service = filter.resolvers = many;
	filter.net_count = ISOLATE_NETS_MAX;
	filter.service_count = ISOLATE_SERVICE_MAX;
	filter.resolver_count = ISOLATE_RESOLVERS_MAX;
	filter.dhcp = true;
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
}

static void setup_of_the_bans_leaves_isolation_alone(void **state)
{
	static const struct nft_chain ours = {NFT_TABLE, "input", NF_INET_LOCAL_IN, NFT_PRIORITY, NF_ACCEPT, false};
	static const struct nft_chain strange = {NFT_TABLE, "input", NF_INET_PRE_ROUTING, 0, NF_ACCEPT, false};
	struct netfilter_news news;

	(void)state;
	if (!possible)
		skip();
	nft_watch(&n, &news);
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(nft_setup(&n), ERR_OK);
	nft_watch(&n, &news);
	assert_false(news.changed);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	/* Somebody puts another chain in the place of one of the bans'. */
	nft_wire_begin(&other);
	nft_chain_delete(&other, &ours);
	nft_chain_put(&other, &strange);
	assert_int_equal(nft_wire_commit(&other), ERR_OK);
	assert_int_equal(nft_setup(&n), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_false(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
}

static void damage_by_others_is_noticed(void **state)
{
	static const struct nft_chain output = {NFT_ISOLATE_TABLE, "output", NF_INET_LOCAL_OUT,
						NFT_PRIORITY + 1,  NF_DROP,  false};
	static const struct nft_chain strange = {NFT_ISOLATE_TABLE, "output", NF_INET_POST_ROUTING, 0,
						 NF_ACCEPT,	    false};
	struct netfilter_news news;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	nft_watch(&n, &news);
	nft_wire_begin(&other);
	nft_chain_flush(&other, &output);
	assert_int_equal(nft_wire_commit(&other), ERR_OK);
	nft_watch(&n, &news);
	assert_true(news.changed);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_UNVERIFIED);
	assert_false(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
	nft_wire_begin(&other);
	nft_chain_delete(&other, &output);
	nft_chain_put(&other, &strange);
	assert_int_equal(nft_wire_commit(&other), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_UNVERIFIED);
	assert_true(isolate_is_set(&n));
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
}

static bool passes(void *context, const struct cut_peer *peer)
{
	const struct isolate_peer p = {peer->peer, peer->peer_port, peer->uid};

	return isolate_passes(context, &p);
}

/* The kernel has told the socket that it is over. */
static bool is_dead(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	int error = 0;
	socklen_t len = sizeof(error);

	return poll(&p, 1, 0) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == ECONNABORTED;
}

static void cut_ends_connections_with_others_only(void **state)
{
	static const struct {
		enum where where;
		const char *from, *to;
		uint16_t port;
		bool dies;
	} calls[] = {
		{DEVICE, NULL, "203.0.113.2", OTHER_PORT, false},
		{DEVICE, NULL, "2001:db8:1::2", OTHER_PORT, false},
		{DEVICE, NULL, "203.0.113.3", SERVICE_PORT, false},
		{DEVICE, NULL, "203.0.113.3", OTHER_PORT, true},
		{DEVICE, NULL, "203.0.113.4", SERVICE_PORT, true},
		{DEVICE, NULL, "2001:db8:1::4", OTHER_PORT, true},
		{DEVICE, NULL, "127.0.0.1", OTHER_PORT, false},
		{DEVICE, NULL, "::1", OTHER_PORT, false},
		{DEVICE, NULL, "203.0.113.1", OTHER_PORT, false},
		{DEVICE, NULL, "::ffff:203.0.113.4", OTHER_PORT, true},
		{DEVICE, NULL, "::ffff:203.0.113.2", OTHER_PORT, false},
	};
	int fds[sizeof(calls) / sizeof(calls[0])];
	struct cut_report report;
	int in;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(cut_connections(&cut, passes, &filter, &report), ERR_OK);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		fds[i] = call(calls[i].where, calls[i].from, calls[i].to, calls[i].port);
		if (fds[i] < 0)
			fail_msg("no connection to %s", calls[i].to);
	}
	in = call(FAR, "203.0.113.4", "203.0.113.1", OTHER_PORT);
	assert_int_equal(cut_connections(&cut, passes, &filter, &report), ERR_OK);
	assert_int_equal(report.destroyed, 5);
	assert_int_equal(report.refused, 0);
	assert_false(report.more);
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_int_equal(is_dead(fds[i]), calls[i].dies);
		close(fds[i]);
	}
	close(in);
	/* Listeners stay. */
	assert_true(reaches(FAR, "203.0.113.4", "203.0.113.1", OTHER_PORT));
}

static bool passes_nobody(void *context, const struct cut_peer *peer)
{
	++*(unsigned *)context;
	return peer->peer_port != OTHER_PORT && peer->local_port != OTHER_PORT;
}

static void cut_ends_more_than_one_batch(void **state)
{
	enum { MANY = CUT_BATCH_MAX + 44 };
	int fds[MANY];
	struct cut_report report;
	unsigned asked = 0;

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < MANY; i++) {
		struct sockaddr_storage peer;
		socklen_t len = socket_address("203.0.113.99", OTHER_PORT, &peer);

		/* Nobody is there: they are being opened. */
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(fds[i], (struct sockaddr *)&peer, len);
	}
	assert_int_equal(cut_connections(&cut, passes_nobody, &asked, &report), ERR_OK);
	assert_true(report.destroyed >= MANY && asked >= MANY);
	assert_false(report.more);
	for (unsigned i = 0; i < MANY; i++) {
		assert_true(is_dead(fds[i]));
		close(fds[i]);
	}
}

/* An interval set takes no two networks that overlap, and has no first address behind the last one. */
static void isolation_takes_networks_that_overlap_and_end_last(void **state)
{
	struct addr many[] = {addr_of("203.0.113.2"), addr_of("203.0.113.2/31"),  addr_of("203.0.113.2"),
			      addr_of("255.0.0.0/8"), addr_of("203.0.113.4/31"),  addr_of("2001:db8:1::2"),
			      addr_of("ffff::/16"),   addr_of("2001:db8:1::/126")};

	(void)state;
	if (!possible)
		skip();
	filter.nets = many;
	filter.net_count = sizeof(many) / sizeof(many[0]);
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_ADDED), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_true(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
	assert_true(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
	assert_true(reaches(DEVICE, NULL, "2001:db8:1::3", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "2001:db8:1::4", OTHER_PORT));
	many[0] = addr_of("::/0");
	filter.net_count = 1;
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_true(reaches(DEVICE, NULL, "2001:db8:1::4", OTHER_PORT));
	assert_false(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
}

static void what_is_prepared_stops_nobody(void **state)
{
	(void)state;
	if (!possible)
		skip();
	n.prepared_len = 0;
	assert_int_equal(isolate_prepare(&n, &filter), ERR_OK);
	assert_false(isolate_is_set(&n));
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_NOT_FOUND);
	assert_int_equal(isolate_prepare(&n, &filter), ERR_OK);
	everything_reaches_everybody();
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	/* Another address of the service, while it is in force. */
	service[0] = addr_of("203.0.113.4");
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_UNVERIFIED);
	assert_int_equal(isolate_prepare(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_true(reaches(DEVICE, NULL, "203.0.113.4", SERVICE_PORT));
	assert_false(reaches(DEVICE, NULL, "203.0.113.3", SERVICE_PORT));
}

static void what_an_order_named_is_gone_with_the_next(void **state)
{
	(void)state;
	if (!possible)
		skip();
	filter.dns = filter.dhcp = true;
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_clear(&n), ERR_OK);
	filter.dns = filter.dhcp = false;
	filter.net_count = 0;
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
	assert_false(asks(0, "203.0.113.53"));
	assert_false(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
}

static void somebodys_address_in_a_list_is_damage(void **state)
{
	static const uint8_t address[4] = {203, 0, 113, 4};
	struct nft_elem e = {.key_len = 4};
	struct netfilter_news news;
	size_t list;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	nft_watch(&n, &news);
	memcpy(e.key, address, sizeof(address));
	nft_wire_begin(&other);
	nft_elem_set(nft_wire_message(&other, NFT_MSG_NEWSETELEM, NLM_F_CREATE), NFT_ISOLATE_TABLE, "service4");
	list = nft_elem_list(&other.out);
	nft_elem_put(&other.out, &e);
	netlink_nest_end(&other.out, list);
	assert_int_equal(nft_wire_commit(&other), ERR_OK);
	nft_watch(&n, &news);
	assert_true(news.changed);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_UNVERIFIED);
	assert_int_equal(isolate_set(&n, &filter), ERR_OK);
	assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
}

/* A table of that name with other things in it, awake: what is asked for is in force all the same. */
static void somebodys_table_of_that_name_is_replaced(void **state)
{
	static const struct nft_chain strange = {NFT_ISOLATE_TABLE, "output", NF_INET_POST_ROUTING, 0,
						 NF_ACCEPT,	    false};

	(void)state;
	if (!possible)
		skip();
	for (unsigned awake = 0; awake < 2; awake++) {
		nft_wire_begin(&other);
		nft_chain_put_table(&other, NFT_ISOLATE_TABLE, awake ? 0 : NFT_TABLE_F_DORMANT);
		nft_chain_delete_table(&other, NFT_ISOLATE_TABLE);
		nft_chain_put_table(&other, NFT_ISOLATE_TABLE, awake ? 0 : NFT_TABLE_F_DORMANT);
		nft_chain_put(&other, &strange);
		assert_int_equal(nft_wire_commit(&other), ERR_OK);
		assert_int_equal(isolate_set(&n, &filter), ERR_OK);
		assert_int_equal(isolate_check(&n, &filter, ISOLATE_WHOLE), ERR_OK);
		assert_false(reaches(DEVICE, NULL, "203.0.113.4", OTHER_PORT));
		assert_true(reaches(DEVICE, NULL, "203.0.113.2", OTHER_PORT));
		assert_int_equal(isolate_clear(&n), ERR_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(isolation_passes_only_what_is_listed, set_up),
		cmocka_unit_test_setup(isolation_passes_networks_by_their_prefix, set_up),
		cmocka_unit_test_setup(isolation_passes_the_service_and_names_for_the_guard, set_up),
		cmocka_unit_test_setup(isolation_refuses_a_list_that_is_too_long, set_up),
		cmocka_unit_test_setup(isolation_fits_with_every_list_full, set_up),
		cmocka_unit_test_setup(setup_of_the_bans_leaves_isolation_alone, set_up),
		cmocka_unit_test_setup(damage_by_others_is_noticed, set_up),
		cmocka_unit_test_setup(cut_ends_connections_with_others_only, set_up),
		cmocka_unit_test_setup(cut_ends_more_than_one_batch, set_up),
		cmocka_unit_test_setup(isolation_takes_networks_that_overlap_and_end_last, set_up),
		cmocka_unit_test_setup(what_is_prepared_stops_nobody, set_up),
		cmocka_unit_test_setup(what_an_order_named_is_gone_with_the_next, set_up),
		cmocka_unit_test_setup(somebodys_address_in_a_list_is_damage, set_up),
		cmocka_unit_test_setup(somebodys_table_of_that_name_is_replaced, set_up),
	};

	return cmocka_run_group_tests(tests, enter_world, leave_world);
}
