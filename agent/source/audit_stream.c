/* SPDX-License-Identifier: Apache-2.0 */
/* Turns audit messages into lines for the core. Never joins a group: caltropd has opened the socket and joined it. */
#include "agent/source/audit_stream.h"

#include "agent/base/netlink_socket.h"
#include "agent/common/core_fds.h"
#include "agent/source/feed.h"

#include <string.h>

#define MESSAGES_PER_WAKE 4096

/* The types of records that programs write when a user logs in (linux/audit.h, audit-records.h of libaudit). */
static const struct {
	uint16_t type;
	const char *name;
} names[] = {
	{1100, "USER_AUTH"},  {1101, "USER_ACCT"},   {1103, "CRED_ACQ"},
	{1105, "USER_START"}, {1106, "USER_END"},    {1109, "USER_ERR"},
	{1112, "USER_LOGIN"}, {1113, "USER_LOGOUT"}, {2100, "ANOM_LOGIN_FAILURES"},
};

static const char *name_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return NULL;
}

bool audit_stream_text(const void *message, size_t len, struct buf *out)
{
	struct netlink_message m;

	if (!netlink_whole(view_over(message, len), &m))
		return false;
	const char *name = name_of(m.type);
	struct str text = {(const char *)m.body.data, m.body.len};

	if (!name)
		return false;
	while (text.len && (text.data[text.len - 1] == 0 || text.data[text.len - 1] == '\n'))
		text.len--;
	buf_text(out, "type=");
	buf_text(out, name);
	buf_text(out, " msg=");
	buf_put(out, text);
	return buf_check(out) == ERR_OK;
}

/* Read one message and feed it. False: there is none. */
static bool read_message(struct audit_stream *n)
{
	struct buf text = buf_over(n->text, sizeof(n->text));
	struct view datagram;
	enum err err = netlink_receive(n->fd, n->bytes, sizeof(n->bytes), &datagram);

	if (err == ERR_FULL)
		n->overruns++;
	if (err == ERR_OK && audit_stream_text(datagram.data, datagram.len, &text)) {
		struct input input = {.kind = INPUT_LINE, .source = CORE_SOURCE_AUDIT, .bytes = buf_str(&text)};

		n->lines++;
		feed_input(n->feed, &input);
	}
	return err == ERR_OK || err == ERR_FULL;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct audit_stream *n = poll->data;

	(void)events;
	(void)status;
	for (int i = 0; i < MESSAGES_PER_WAKE && read_message(n); i++)
		;
}

static bool wanted(const struct settings *settings)
{
	return settings->audit;
}

static void open_stream(void *state, const struct source_given *given)
{
	struct audit_stream *n = state;

	if (given->fd < 0) {
		health_set(given->feed->health, given->slot, "caltropd could not open the kernel's audit stream");
		return;
	}
	n->feed = given->feed;
	n->fd = given->fd;
	n->poll.data = n;
	feed_poll(n->feed, &n->poll, n->fd, readable);
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct audit_stream *n = state;

	health_count(out, "audit_lines", n->lines);
	health_count(out, "audit_overruns", n->overruns);
}

const struct source_row audit_stream_row = {
	.name = "audit",
	.fd = CORE_FD_AUDIT,
	.size = sizeof(struct audit_stream),
	.wanted = wanted,
	.open = open_stream,
	.counters = counters,
};
