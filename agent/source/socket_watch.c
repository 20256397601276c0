/* SPDX-License-Identifier: Apache-2.0 */
/* Moves samples of sockets. Never judges them: the sensor does. */
#include "agent/source/socket_watch.h"

#include "agent/base/budget.h"
#include "agent/base/clock.h"
#include "agent/base/netlink_socket.h"
#include "agent/common/core_fds.h"
#include "agent/common/socket_diag.h"
#include "agent/event/connection.h"
#include "agent/sensors/sensors.h"
#include "agent/source/conntrack.h"
#include "agent/source/feed.h"
#include "agent/source/ring.h"
#include "agent/source/sender.h"
#include "agent/source/socket_ask.h"
#include "agent/source/socket_list.h"

#include <linux/netlink.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define MESSAGES_PER_WAKE 256
#define DUMP_BYTES (32u << 10)
#define SENDERS_MAX \
	16u /* sockets of connections that are looked for in SENDERS_US: then other sources have their turn */
#define SENDERS_US (SECOND_US / 10)

struct watch {
	struct feed *feed;
	unsigned slot;
	uint32_t look;	  /* the number of the last one */
	uint32_t seq;	  /* of the last request */
	uint8_t protocol; /* that is being looked at */
	int64_t next_us;  /* of a look; INT64_MAX: none */
	uint64_t overruns;
	enum err problems[CONNECTION_PROTOCOLS]; /* of the last look */
	struct netlink diag;
	uv_poll_t closes;
	struct str list;				  /* its samples */
	char why[sizeof(((struct socket_list *)0)->why)]; /* why there is no ring */
	const volatile struct socket_counts *counts;	  /* NULL: there is no ring */
	uint64_t lost;					  /* as health says it */
	struct ring ring;
	uv_poll_t readable;
	struct netlink route; /* to ask for the device's addresses; -1: connections are not tracked */
	struct conntrack_own own;
	uint64_t tracked, foreign; /* entries of connection tracking */
	bool idle;		   /* the kernel tracks nothing */
	struct socket_ask ask;
	struct budget senders;
	uint64_t unasked; /* as health says it */
	uv_poll_t conntrack;
	char record[SOCKET_SAMPLE_MAX];
	char memory[DUMP_BYTES];
};

static void give_bytes(struct watch *w, struct str bytes)
{
	struct input input = {.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_SOCKET, .bytes = bytes};

	feed_input(w->feed, &input);
}

static void give(struct watch *w, const struct socket_sample *sample)
{
	give_bytes(w, (struct str){(const char *)sample, sizeof(*sample)});
}

/* Keep a sample until the actor says whose the socket is. False: it cannot be asked. */
static bool ask_owner(struct watch *w, const struct socket_sample *h, uint32_t inode, bool given)
{
	const struct socket_ask_row row = {0, clock_mono_us() + SOCKET_ASK_WAIT_US, given, *h};
	struct actor_owner question = {.inode = inode, .uid = h->uid};

	/* What does not reach the actor is given later, as one that it does not answer. */
	return inode != 0 && socket_ask_put(&w->ask, &row, &question) &&
	       (w->feed->ask(w->feed->context, ACTOR_OWNER, &question) || true);
}

/* Whether the sample waits. One that listened already, or may be a client's, is given at once. */
static bool waits(struct watch *w, const struct socket_sample *h, uint32_t inode)
{
	bool given = w->look == 1 || (h->flags & SOCKET_SAMPLE_PENDING);

	if (socket_ask_holds(&w->ask, h->cookie, h->look))
		return true;
	/* The kernel's program tells whose a new one of TCP is. */
	if (socket_ask_did(&w->ask, h->cookie) || (w->counts && h->protocol == CONNECTION_TCP))
		return false;
	return ask_owner(w, h, inode, given) && !given;
}

/* One socket that listens; its owner is in the list if it has listened since caltropd started. */
static void shown(void *context, const struct netlink_message *m)
{
	struct watch *w = context;
	char bytes[SOCKET_SAMPLE_MAX];
	struct socket_sample h;
	struct str known;
	uint32_t inode;

	if (!socket_diag_read(m, w->protocol, &h, &inode))
		return;
	h.look = w->look;
	known = socket_list_find(w->list, h.cookie);
	if (known.len <= sizeof(h) || known.len > sizeof(bytes)) {
		if (!waits(w, &h, inode))
			give(w, &h);
		return;
	}
	memcpy(bytes, known.data, known.len);
	memcpy(bytes + offsetof(struct socket_sample, look), &h.look, sizeof(h.look));
	give_bytes(w, (struct str){bytes, known.len});
}

static enum err ask(struct watch *w, uint8_t family)
{
	const struct netlink_reader reader = {shown, NULL, w};
	char bytes[128];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	enum err err;

	o.seq = w->seq;
	netlink_clear(&o);
	socket_diag_ask(&o, family, w->protocol);
	w->seq = o.seq;
	err = netlink_ask(&w->diag, &o, o.seq, &reader);
	/* A kernel without IPv6 has no sockets of it. */
	return family == 6 && (err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED) ? ERR_OK : err;
}

/* Only a look that showed everything says that what it did not show is gone. */
static void look_at(struct watch *w, uint8_t protocol)
{
	struct socket_sample over = {.version = SOCKET_SAMPLE_VERSION,
				     .kind = SOCKET_SAMPLE_LOOKED,
				     .protocol = protocol,
				     .family = 4,
				     .look = w->look};
	enum err err;

	w->protocol = protocol;
	err = ask(w, 4);
	err = err ? err : ask(w, 6);
	if (err == ERR_OK)
		give(w, &over);
	w->problems[protocol] = err;
}

static void tell_conntrack(const struct watch *w, struct buf *b)
{
	const char *what = w->counts ? "UDP" : "TCP and UDP";
	uint8_t source = w->feed->settings->network_source;

	if (source != NETWORK_AUTO && source != NETWORK_CONNTRACK)
		return;
	if (w->route.fd < 0)
		buf_printf(b, "; %s connections are not seen: the kernel has no nf_conntrack loaded", what);
	else if (w->idle)
		buf_printf(
			b,
			"; %s connections are not seen: nf_conntrack tracks nothing now, as where no rule asks for it",
			what);
}

/* What is not seen, in one sentence with its parts. */
static void tell(struct watch *w)
{
	enum err tcp = w->problems[CONNECTION_TCP], udp = w->problems[CONNECTION_UDP];
	char text[420];
	struct buf b = buf_over(text, sizeof(text) - 1);

	if (w->diag.fd < 0)
		buf_text(&b, "; what listens is not seen: the kernel has no sock_diag, or caltropd could not open it");
	else if (tcp || udp)
		buf_printf(&b, "; what listens by %s is not seen: sock_diag: %s", tcp ? "TCP" : "UDP",
			   err_text(tcp ? tcp : udp));
	if (!w->counts && w->feed->settings->network_source != NETWORK_NONE)
		buf_printf(&b, "; programs of connections that end at once are not known: %s",
			   w->why[0] ? w->why : "the settings ask for no BPF");
	tell_conntrack(w, &b);
	if (w->counts)
		w->lost = w->counts->lost;
	if (w->lost)
		buf_printf(&b, "; %llu connections were lost: the ring was full", (unsigned long long)w->lost);
	w->unasked = w->ask.unasked;
	if (w->unasked)
		buf_printf(&b, "; the programs of %llu sockets were not looked for: too many began at once",
			   (unsigned long long)w->unasked);
	text[b.len] = '\0';
	health_set(w->feed->health, w->slot, b.len ? "%s" : NULL, text + 2);
}

static void read_ring(struct watch *w)
{
	struct str record;

	for (int i = 0;
	     IS_ENABLED(CONFIG_SENSOR_SOCKET_BPF) && w->counts && i < MESSAGES_PER_WAKE && ring_take(&w->ring, &record);
	     i++)
		give_bytes(w, record);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	(void)status;
	(void)events;
	read_ring(w);
	if (w->counts->lost != w->lost)
		tell(w);
}

static void add_own(void *context, const struct netlink_message *m)
{
	conntrack_add_own(&((struct watch *)context)->own, m);
}

/* The device's addresses may have changed; and whether anything is tracked. */
static void look_at_tracking(struct watch *w)
{
	const struct netlink_reader reader = {add_own, NULL, w};
	char bytes[64], text[16] = "";
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	int fd;

	if (w->route.fd < 0)
		return;
	o.seq = w->seq;
	netlink_clear(&o);
	conntrack_ask_own(&o);
	w->seq = o.seq;
	w->own.count = 0;
	if (netlink_ask(&w->route, &o, o.seq, &reader) != ERR_OK)
		return; /* the next look asks again */
	fd = w->tracked ? -1 : open("/proc/sys/net/netfilter/nf_conntrack_count", O_RDONLY | O_CLOEXEC);
	w->idle = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, "0\n") == 0;
	if (fd >= 0)
		close(fd);
}

static void look(struct watch *w)
{
	struct socket_sample late;

	while (socket_ask_late(&w->ask, clock_mono_us(), &late))
		give(w, &late);
	look_at_tracking(w);
	read_ring(w); /* who begins to listen is known there */
	if (w->diag.fd >= 0) {
		w->look++;
		look_at(w, CONNECTION_TCP);
		look_at(w, CONNECTION_UDP);
	}
	tell(w);
}

/* One that began and ended before it was known whose it is, first begins. */
static void give_closed(struct watch *w, struct socket_sample *h)
{
	struct socket_sample waiting;

	if (socket_ask_closed(&w->ask, h->cookie, &waiting))
		give(w, &waiting);
	h->kind = SOCKET_SAMPLE_CLOSED;
	give(w, h);
}

/* The news of a socket that is gone. What was lost is seen by the next look. */
static void read_closes(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct netlink_message m;
	struct socket_sample h;
	struct view datagram;
	char bytes[512];

	(void)status;
	(void)events;
	for (int i = 0; i < MESSAGES_PER_WAKE; i++) {
		enum err err = netlink_receive(CORE_FD_SOCKET_CLOSES, bytes, sizeof(bytes), &datagram);

		w->overruns += err == ERR_FULL;
		if (err != ERR_OK && err != ERR_FULL)
			return;
		while (err == ERR_OK && netlink_next(&datagram, &m))
			if (socket_diag_read(&m, CONNECTION_TCP, &h, NULL))
				give_closed(w, &h);
	}
}

/* One that the device began: its socket is looked for, then whose it is. */
static void give_sent(struct watch *w, struct socket_sample *h)
{
	struct sender s = {.connection = h};

	if (w->diag.fd < 0 || !budget_spend(&w->senders, clock_mono_us())) {
		w->ask.unasked++;
		give(w, h);
		return;
	}
	w->seq = sender_find(&s, &w->diag, w->seq);
	h->flags |= SOCKET_SAMPLE_SOUGHT;
	if (sender_is_known(&s)) {
		h->flags |= SOCKET_SAMPLE_UID;
		h->uid = s.uid;
	} else {
		w->ask.unknown++;
	}
	if (!sender_is_known(&s) || !ask_owner(w, h, s.inode, false))
		give(w, h);
}

/* Of TCP the kernel's program tells better. */
static void take_tracked(struct watch *w, const struct netlink_message *m)
{
	struct socket_sample h;
	enum conntrack_result result = conntrack_read(m, &w->own, &h);

	w->foreign += result == CONNTRACK_FOREIGN;
	if (result != CONNTRACK_OURS)
		return;
	w->tracked++;
	if (w->counts && h.protocol == CONNECTION_TCP)
		return;
	if (h.kind == SOCKET_SAMPLE_OPENED)
		give_sent(w, &h);
	else
		give(w, &h);
}

static void read_conntrack(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct netlink_message m;
	struct view datagram;
	char bytes[2048];

	(void)status;
	(void)events;
	for (int i = 0; i < MESSAGES_PER_WAKE; i++) {
		enum err err = netlink_receive(CORE_FD_SOCKET_CONNTRACK, bytes, sizeof(bytes), &datagram);

		w->overruns += err == ERR_FULL;
		if (err != ERR_OK && err != ERR_FULL)
			return;
		while (err == ERR_OK && netlink_next(&datagram, &m))
			take_tracked(w, &m);
	}
}

static bool wanted(const struct settings *settings)
{
	return settings->network;
}

static void map_list(struct watch *w)
{
	struct socket_list head;
	struct stat st;
	void *at;

	if (!w->feed->has_fd(CORE_FD_SOCKET_LIST) || fstat(CORE_FD_SOCKET_LIST, &st) != 0 ||
	    st.st_size < (off_t)sizeof(head))
		return;
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, CORE_FD_SOCKET_LIST, 0);
	if (at == MAP_FAILED)
		return;
	memcpy(&head, at, sizeof(head));
	str_show((struct str){head.why, strnlen(head.why, sizeof(head.why))}, w->why, sizeof(w->why));
	w->list = str_sub((struct str){at, (size_t)st.st_size}, sizeof(head), SIZE_MAX);
}

static void open_ring(struct watch *w)
{
	void *counts;

	if (!IS_ENABLED(CONFIG_SENSOR_SOCKET_BPF) || !w->feed->has_fd(CORE_FD_SOCKET_RING) ||
	    !w->feed->has_fd(CORE_FD_SOCKET_COUNTS))
		return;
	w->ring.record = w->record;
	w->ring.record_max = sizeof(w->record);
	counts = mmap(NULL, sizeof(struct socket_counts), PROT_READ, MAP_SHARED, CORE_FD_SOCKET_COUNTS, 0);
	if (counts != MAP_FAILED && ring_map(&w->ring, CORE_FD_SOCKET_RING, SOCKET_RING_BYTES))
		w->counts = counts;
	else
		str_show(STR("its ring cannot be mapped"), w->why, sizeof(w->why));
}

static void open_watch(void *state, const struct source_given *given)
{
	struct watch *w = state;

	w->feed = given->feed;
	w->slot = given->slot;
	w->next_us = INT64_MAX;
	socket_ask_init(&w->ask);
	budget_init(&w->senders, SENDERS_MAX, SENDERS_US, clock_mono_us());
	w->diag = (struct netlink){.fd = -1, .in = w->memory, .in_cap = sizeof(w->memory)};
	if (given->fd >= 0 && netlink_adopt(&w->diag, given->fd) != ERR_OK)
		w->diag.fd = -1;
	w->route = (struct netlink){.fd = -1, .in = w->memory, .in_cap = sizeof(w->memory)};
	if (w->feed->has_fd(CORE_FD_SOCKET_CONNTRACK) && netlink_open(&w->route, NETLINK_ROUTE) != ERR_OK)
		w->route.fd = -1;
	map_list(w);
	open_ring(w);
	tell(w);
}

static void start_watch(void *state)
{
	struct watch *w = state;

	w->next_us = clock_mono_us();
	w->closes.data = w->readable.data = w->conntrack.data = w;
	if (w->feed->has_fd(CORE_FD_SOCKET_CLOSES))
		feed_poll(w->feed, &w->closes, CORE_FD_SOCKET_CLOSES, read_closes);
	if (w->counts)
		feed_poll(w->feed, &w->readable, CORE_FD_SOCKET_RING, readable);
	look_at_tracking(w);
	if (w->route.fd >= 0)
		feed_poll(w->feed, &w->conntrack, CORE_FD_SOCKET_CONNTRACK, read_conntrack);
}

static void owned(void *state, const struct actor_owner_answer *answer)
{
	struct watch *w = state;
	char bytes[SOCKET_SAMPLE_MAX];
	size_t len = socket_ask_answer(&w->ask, answer, bytes);

	if (len)
		give_bytes(w, (struct str){bytes, len});
}

static void tick(void *state, struct now now)
{
	struct watch *w = state;

	if (now.mono_us < w->next_us)
		return;
	w->next_us = now.mono_us + w->feed->settings->network_poll_s * SECOND_US;
	look(w);
}

static int64_t deadline(const void *state)
{
	return ((const struct watch *)state)->next_us;
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct watch *w = state;

	health_count(out, "socket_overruns", w->overruns);
	health_count(out, "owners_found", w->ask.found);
	health_count(out, "owners_unknown", w->ask.unknown);
	health_count(out, "owners_unasked", w->ask.unasked);
	if (w->route.fd >= 0) {
		health_count(out, "connections_tracked", w->tracked);
		health_count(out, "connections_foreign", w->foreign);
	}
	if (!w->counts)
		return;
	health_count(out, "connections_kernel_opened", w->counts->opened);
	health_count(out, "connections_kernel_accepted", w->counts->accepted);
	health_count(out, "connections_kernel_failed", w->counts->failed);
	health_count(out, "connections_lost", w->counts->lost);
}

const struct source_row socket_watch_row = {
	.name = "network",
	.fd = CORE_FD_SOCKET_DIAG,
	.size = sizeof(struct watch),
	.wanted = wanted,
	.open = open_watch,
	.start = start_watch,
	.owned = owned,
	.tick = tick,
	.deadline = deadline,
	.counters = counters,
};
