/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The netlink side of the firewall: framing, sequence numbers, acknowledgements. A request is handled inside sendto(2),
 * so what is read after it is its answer; answers to older requests are skipped by their number. libmnl writes and
 * walks the attributes; nothing is allocated.
 */
#include "agent/actor/sys/nft_wire.h"

#include "agent/base/require.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

static struct nlmsghdr *put_header(struct nft *n, uint16_t type, uint16_t flags, uint16_t resource)
{
	struct nlmsghdr *h;
	struct nfgenmsg *g;

	require(n->used + MNL_NLMSG_HDRLEN + sizeof(*g) <= sizeof(n->out));
	h = mnl_nlmsg_put_header(n->out + n->used);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++n->seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = resource ? NFPROTO_UNSPEC : NFPROTO_INET;
	g->version = NFNETLINK_V0;
	g->res_id = htons(resource);
	return h;
}

void nft_wire_end(struct nft *n, const struct nlmsghdr *message)
{
	n->used += MNL_ALIGN(message->nlmsg_len);
	require(n->used <= sizeof(n->out));
}

void nft_wire_begin(struct nft *n)
{
	n->used = 0;
	n->first_seq = n->seq + 1;
	nft_wire_end(n, put_header(n, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES));
}

struct nlmsghdr *nft_wire_message(struct nft *n, uint16_t type, uint16_t flags)
{
	return put_header(n, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, 0);
}

static enum err send_out(struct nft *n)
{
	static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t sent;

	do
		sent = sendto(n->fd, n->out, n->used, 0, (const struct sockaddr *)&kernel, sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)n->used ? ERR_OK : err_from_errno(sent < 0 ? errno : EIO);
}

/* Bytes of one answer datagram, 0 on failure with *err set. */
static size_t receive(struct nft *n, enum err *err)
{
	ssize_t got;

	do
		got = recv(n->fd, n->in, sizeof(n->in), 0);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return (size_t)got;
	*err = errno == EAGAIN ? ERR_TIMEOUT : err_from_errno(errno);
	return 0;
}

static bool ours(const struct nft *n, const struct nlmsghdr *h)
{
	return h->nlmsg_pid == n->port && h->nlmsg_seq - n->first_seq <= n->seq - n->first_seq;
}

static enum err error_of(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

	return err_from_errno(-e->error);
}

/*
 * Only the transaction's last message asks for an acknowledgement, so that is the last thing the kernel says; earlier
 * messages speak up only when they fail. A failed commit is reported under the first number.
 */
static enum err acknowledged(struct nft *n, uint32_t last)
{
	enum err err = ERR_OK, result = ERR_OK;

	for (;;) {
		size_t left = receive(n, &err);
		const struct nlmsghdr *h = (const struct nlmsghdr *)n->in;
		int rest = (int)left;

		if (left == 0)
			return result != ERR_OK ? result : err;
		for (; mnl_nlmsg_ok(h, rest); h = mnl_nlmsg_next(h, &rest)) {
			if (!ours(n, h) || h->nlmsg_type != NLMSG_ERROR)
				continue;
			if (result == ERR_OK)
				result = error_of(h);
			if (h->nlmsg_seq == last || (result != ERR_OK && h->nlmsg_seq == n->first_seq))
				return result;
		}
	}
}

enum err nft_wire_commit(struct nft *n)
{
	struct nlmsghdr *last = (struct nlmsghdr *)n->out;
	uint32_t seq = n->seq;
	enum err err;

	while (last->nlmsg_seq != seq)
		last = (struct nlmsghdr *)((char *)last + MNL_ALIGN(last->nlmsg_len));
	last->nlmsg_flags |= NLM_F_ACK;
	nft_wire_end(n, put_header(n, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES));
	err = send_out(n);
	return err == ERR_OK ? acknowledged(n, seq) : err;
}

struct nlmsghdr *nft_wire_request(struct nft *n, uint16_t type, uint16_t flags)
{
	n->used = 0;
	n->first_seq = n->seq + 1;
	return nft_wire_message(n, type, flags);
}

enum err nft_wire_ask(struct nft *n, int (*each)(const struct nlmsghdr *reply, void *context), void *context)
{
	bool dump = (((const struct nlmsghdr *)n->out)->nlmsg_flags & NLM_F_DUMP) != 0;
	enum err err;

	nft_wire_end(n, (const struct nlmsghdr *)n->out);
	err = send_out(n);
	while (err == ERR_OK) {
		size_t left = receive(n, &err);
		const struct nlmsghdr *h = (const struct nlmsghdr *)n->in;

		for (int rest = (int)left; mnl_nlmsg_ok(h, rest); h = mnl_nlmsg_next(h, &rest)) {
			if (!ours(n, h))
				continue;
			if (h->nlmsg_type == NLMSG_ERROR)
				return error_of(h);
			if (h->nlmsg_type == NLMSG_DONE)
				return ERR_OK;
			(void)each(h, context);
			if (!dump)
				return ERR_OK;
		}
	}
	return err;
}
