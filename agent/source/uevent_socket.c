/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves the kernel's texts to the sensors, with what /sys says of the object behind them. Never takes a datagram of
 * another sender: udev's own group is not joined, and netlink_receive() passes over them.
 */
#include "agent/source/uevent_socket.h"

#include "agent/base/buf.h"
#include "agent/base/netlink_socket.h"
#include "agent/common/core_fds.h"
#include "agent/sensors/sensors.h"
#include "agent/sensors/uevent_text.h"
#include "agent/source/feed.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#define DATAGRAMS_PER_WAKE 256
#define ATTRIBUTE_MAX 128u

struct socket {
	struct feed *feed;
	int fd, sys;
	uint64_t overruns;
	uv_poll_t poll;
	char text[UEVENT_TEXT_MAX];
};

/* What /sys has of an object under a name, behind a key of ours. What it does not have is left out. */
static void add(const struct socket *s, struct buf *b, struct str object, const char *const attribute[2])
{
	char path[1024], value[ATTRIBUTE_MAX];
	ssize_t got;
	int fd;

	if (snprintf(path, sizeof(path), "%.*s/%s", (int)object.len, object.data, attribute[0]) >= (int)sizeof(path))
		return;
	fd = openat(s->sys, path[0] == '/' ? path + 1 : path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	got = read(fd, value, sizeof(value));
	close(fd);
	while (got > 0 && value[got - 1] == '\n')
		got--;
	/* A NUL would begin another key. */
	for (ssize_t i = 0; i < got; i++)
		value[i] = value[i] ? value[i] : '?';
	if (got > 0 && b->cap - b->len > (size_t)got + 32) {
		buf_text(b, attribute[1]);
		buf_bytes(b, value, (size_t)got);
		buf_char(b, '\0');
	}
}

/*
 * Append what is not in the kernel's text. Of what is gone nothing can be read. Who had a module loaded or unloaded is
 * in another source's ring since before this came, though that may not have been woken yet.
 */
static void complete(const struct socket *s, struct buf *b)
{
	static const char *const usb[][2] = {
		{"manufacturer", "SYS_MANUFACTURER="}, {"product", "SYS_PRODUCT="}, {"serial", "SYS_SERIAL="}};
	static const char *const module[2] = {"taint", "SYS_TAINT="};
	struct uevent_text t;
	struct str device;
	bool is_module;

	if (!uevent_text_read(buf_str(b), &t))
		return;
	is_module = str_equal(t.subsystem, STR("module"));
	if (is_module)
		s->feed->catch_up(s->feed->context);
	if (s->sys < 0 || !t.add || str_find(t.path, STR("/../")) != SIZE_MAX)
		return;
	if (is_module)
		add(s, b, t.path, module);
	if (!str_equal(uevent_text_value(&t, STR("DEVTYPE")), STR("usb_interface")))
		return;
	/* The interface's directory is in the device's. */
	device = str_sub(t.path, 0, str_find_back(t.path, STR("/")));
	for (unsigned i = 0; i < 3; i++)
		add(s, b, device, usb[i]);
}

static bool read_one(struct socket *s)
{
	struct view datagram;
	/* Room behind it for what is added. */
	enum err err = netlink_receive(s->fd, s->text, sizeof(s->text) - 512, &datagram);
	struct buf b = buf_over(s->text, sizeof(s->text));
	struct input input = {.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_UEVENT};

	s->overruns += err == ERR_FULL;
	if (err != ERR_OK)
		return err == ERR_FULL;
	b.len = datagram.len;
	complete(s, &b);
	input.bytes = buf_str(&b);
	feed_input(s->feed, &input);
	return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	for (int i = 0; i < DATAGRAMS_PER_WAKE && read_one(poll->data); i++)
		;
}

static bool wanted(const struct settings *settings)
{
	return settings->devices;
}

static void open_socket(void *state, const struct source_given *given)
{
	struct socket *s = state;

	s->feed = given->feed;
	s->fd = given->fd;
	if (s->fd < 0) {
		health_set(s->feed->health, given->slot,
			   "modules of the kernel and what is plugged in are not watched: caltropd could not open the "
			   "kernel's socket");
		return;
	}
	s->sys = open("/sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->poll.data = s;
	feed_poll(s->feed, &s->poll, s->fd, readable);
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct socket *s = state;

	health_count(out, "uevent_overruns", s->overruns);
}

const struct source_row uevent_socket_row = {
	.name = "devices",
	.fd = CORE_FD_UEVENT,
	.size = sizeof(struct socket),
	.wanted = wanted,
	.open = open_socket,
	.counters = counters,
};
