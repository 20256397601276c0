/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port that all loops share: each loop listens on it with a socket of its own, and the kernel spreads connections
 * over them. A connection becomes a link, unless there are too many.
 */
#include "server-stub/gateway/link_accept.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

/* libuv sets no SO_REUSEPORT, so the socket is made by hand. -errno. */
static int bind_socket(const struct sockaddr *address, socklen_t len, bool shared)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, zero = 0, failed;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (shared)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (address->sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(fd, address, len) == 0)
		return fd;
	failed = -errno;
	close(fd);
	return failed;
}

/* The first loop asks for the port alone, since sharing it with another program of this user would go unnoticed. */
static int bind_shared(const struct links *links, const struct sockaddr *address, socklen_t len)
{
	int alone = links->index == 0 ? bind_socket(address, len, false) : 0;

	if (alone < 0)
		return alone;
	if (links->index == 0)
		close(alone);
	return bind_socket(address, len, true);
}

static int bind_text(const struct links *links, const char *text)
{
	struct fleet_conf_address at;
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	int fd = -EINVAL;

	if (fleet_conf_address(text, &at) != ERR_OK)
		return -EINVAL;
	if (uv_ip4_addr(at.host, at.port, &v4) == 0)
		return bind_shared(links, (const struct sockaddr *)&v4, sizeof(v4));
	if (uv_ip6_addr(at.host, at.port, &v6) == 0)
		fd = bind_shared(links, (const struct sockaddr *)&v6, sizeof(v6));
	/* A kernel without IPv6 has an "any" all the same. */
	if (fd == -EAFNOSUPPORT && strcmp(at.host, "::") == 0 && uv_ip4_addr("0.0.0.0", at.port, &v4) == 0)
		fd = bind_shared(links, (const struct sockaddr *)&v4, sizeof(v4));
	return fd;
}

/* -- who comes -- */

static void note_address(struct link *link)
{
	struct sockaddr_storage peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer;
	int len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	if (uv_tcp_getpeername(&link->tcp, (struct sockaddr *)&peer, &len) != 0)
		return;
	if (peer.ss_family == AF_INET)
		uv_ip4_name((const struct sockaddr_in *)&peer, link->address, sizeof(link->address));
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, link->address, sizeof(link->address));
	else
		uv_ip6_name(v6, link->address, sizeof(link->address));
}

static void on_refused(uv_handle_t *handle)
{
	free(handle->data);
}

/* The connection must be taken to be refused. */
static void refuse(struct links *links)
{
	uv_tcp_t *tcp = malloc(sizeof(*tcp));

	links->shared->refused++;
	if (!tcp || uv_tcp_init(&links->loop.uv, tcp) != 0) {
		free(tcp);
		return;
	}
	tcp->data = tcp;
	(void)uv_accept((uv_stream_t *)&links->listener, (uv_stream_t *)tcp);
	uv_close((uv_handle_t *)tcp, on_refused);
}

static void take(struct links *links)
{
	struct link *link = links->free_count > 0 ? link_new(links) : NULL;

	if (!link) {
		say_limited(&links->limit, SAY_WARNING, "%u connections: no more are taken", links->link_count);
		refuse(links);
		return;
	}
	/* Cannot fail before the handle is bound. */
	require(uv_tcp_init(&links->loop.uv, &link->tcp) == 0);
	link->tcp.data = link;
	link->offer_us = INT64_MAX;
	link->deadline_us = clock_now().mono_us + LINK_HANDSHAKE_US;
	if (uv_accept((uv_stream_t *)&links->listener, (uv_stream_t *)&link->tcp) != 0) {
		link_close(link);
		return;
	}
	note_address(link);
	if (!link_enter_half_open(link)) {
		links->shared->refused++;
		say_limited(&links->limit, SAY_WARNING, "%s: too many handshakes under way", link->address);
		link_close(link);
		return;
	}
	(void)uv_tcp_nodelay(&link->tcp, 1);
	link_resume(link);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct links *links = listener->data;

	if (status < 0)
		say_limited(&links->limit, SAY_ERR, "accept: %s", uv_strerror(status));
	else
		take(links);
}

enum err link_accept_open(struct links *links, char error[LINK_TLS_ERROR_MAX])
{
	const char *where = links->shared->conf->gateway_listen;
	int fd = bind_text(links, where);
	int failed = fd < 0 ? fd : uv_tcp_open(&links->listener, fd);

	if (failed != 0 && fd >= 0)
		close(fd);
	if (failed == 0)
		failed = uv_listen((uv_stream_t *)&links->listener, BACKLOG, on_connection);
	if (failed == 0)
		return ERR_OK;
	snprintf(error, LINK_TLS_ERROR_MAX, "[gateway] listen = %s: %s", where, uv_strerror(failed));
	return ERR_IO;
}
