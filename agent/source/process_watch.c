/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses by the descriptors that are there, and moves samples. Never judges them: the sensor does. */
#include "agent/source/process_watch.h"

#include "agent/base/clock.h"
#include "agent/base/netlink_socket.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/common/proc_read.h"
#include "agent/event/process.h"
#include "agent/sensors/sensors.h"
#include "agent/source/feed.h"
#include "agent/source/process_connector.h"
#include "agent/source/process_poll.h"
#include "agent/source/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#define SAMPLES_PER_WAKE 256
#define LOOK_US MINUTE_US /* at ends that wake nobody, and at what the kernel counts */

struct watch {
	struct feed *feed;
	unsigned slot;
	uint8_t by; /* enum process_source */
	int fd;	    /* of the ring or the connector */
	int proc;
	uv_poll_t poll;
	const volatile struct process_counts *counts;
	uint64_t hidden;   /* execs of which /proc knew nothing any more */
	uint64_t lost;	   /* as health says it */
	uint64_t overruns; /* how often the connector has dropped messages */
	int64_t next_us;   /* of a look; INT64_MAX: none */
	char why[sizeof(((struct process_list *)0)->why)];
	union proc_sample sample;
	struct ring ring;
	struct process_poll poller;
};

static void give_bytes(struct watch *w, struct str bytes)
{
	struct input input = {.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_PROCESS, .bytes = bytes};

	feed_input(w->feed, &input);
}

static void give(void *context, struct process_sample *sample, size_t len)
{
	struct watch *w = context;

	sample->source = w->by;
	give_bytes(w, (struct str){(const char *)sample, len});
}

static bool read_ring(struct watch *w)
{
	struct str record;

	if (!IS_ENABLED(CONFIG_SENSOR_PROCESS_BPF) || !ring_take(&w->ring, &record))
		return false;
	give_bytes(w, record);
	return true;
}

static bool read_connector(struct watch *w)
{
	char bytes[512];
	struct view datagram;
	enum err err = netlink_receive(w->fd, bytes, sizeof(bytes), &datagram);
	struct process_sample *h = &w->sample.head;
	size_t len = sizeof(*h);

	w->overruns += err == ERR_FULL;
	if (err != ERR_OK || !process_connector_read(datagram.data, datagram.len, h))
		return err == ERR_OK || err == ERR_FULL;
	if (h->kind == PROCESS_SAMPLE_EXEC)
		len = proc_read(w->proc, h->pid, PROCESS_SAMPLE_EXEC, &w->sample);
	w->hidden += len == 0;
	if (len)
		give(w, h, len);
	return true;
}

static void tell(struct watch *w)
{
	const char *because = w->why[0] ? w->why : "as the settings ask";

	if (w->counts)
		w->lost = w->counts->lost + w->counts->lost_others;
	if (w->by == PROCESS_SOURCE_BPF && w->lost)
		health_set(w->feed->health, w->slot, "%llu events of processes were lost: the ring was full",
			   (unsigned long long)w->lost);
	else if (w->by == PROCESS_SOURCE_CONNECTOR)
		health_set(w->feed->health, w->slot,
			   "processes are watched by the proc connector (%s): the program's path is not known, and of "
			   "those "
			   "that end at once nothing",
			   because);
	else if (w->by == PROCESS_SOURCE_POLL)
		health_set(w->feed->health, w->slot,
			   "processes are looked at every %u s only (%s): those that live shorter are not seen",
			   (unsigned)w->feed->settings->process_poll_s, because);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < SAMPLES_PER_WAKE; i++)
		if (!(w->by == PROCESS_SOURCE_BPF ? read_ring(w) : read_connector(w)))
			break;
	if (w->counts && w->counts->lost + w->counts->lost_others != w->lost)
		tell(w);
}

static bool open_ring(struct watch *w)
{
	void *counts;

	if (!IS_ENABLED(CONFIG_SENSOR_PROCESS_BPF) || !w->feed->has_fd(CORE_FD_PROCESS_RING) ||
	    !w->feed->has_fd(CORE_FD_PROCESS_COUNTS))
		return false;
	w->ring.record = w->sample.bytes;
	w->ring.record_max = sizeof(w->sample.bytes);
	counts = mmap(NULL, sizeof(struct process_counts), PROT_READ, MAP_SHARED, CORE_FD_PROCESS_COUNTS, 0);
	if (counts == MAP_FAILED || !ring_map(&w->ring, CORE_FD_PROCESS_RING, PROCESS_RING_BYTES)) {
		memcpy(w->why, "its ring cannot be mapped", sizeof("its ring cannot be mapped"));
		return false;
	}
	w->counts = counts;
	w->fd = CORE_FD_PROCESS_RING;
	return true;
}

static uint8_t choose(struct watch *w)
{
	if (open_ring(w))
		return PROCESS_SOURCE_BPF;
	w->fd = CORE_FD_PROCESS_CONNECTOR;
	return w->feed->has_fd(w->fd) ? PROCESS_SOURCE_CONNECTOR : PROCESS_SOURCE_POLL;
}

static bool wanted(const struct settings *settings)
{
	return settings->process;
}

static void open_watch(void *state, const struct source_given *given)
{
	struct watch *w = state;
	struct process_list head;

	w->feed = given->feed;
	w->slot = given->slot;
	w->next_us = INT64_MAX;
	w->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->feed->has_fd(CORE_FD_PROCESS_LIST) &&
	    pread(CORE_FD_PROCESS_LIST, &head, sizeof(head), 0) == (ssize_t)sizeof(head))
		str_show((struct str){head.why, strnlen(head.why, sizeof(head.why))}, w->why, sizeof(w->why));
	w->by = choose(w);
	if (w->proc < 0 && w->by != PROCESS_SOURCE_BPF)
		health_set(w->feed->health, w->slot, "processes are not watched: /proc cannot be read: %s",
			   strerror(errno));
	else
		tell(w);
}

/* What ran when this core was started, if it still does. */
static void read_list(struct watch *w)
{
	const struct process_sample *h = &w->sample.head;
	off_t at = sizeof(struct process_list);
	uint64_t start;
	uint32_t ppid;

	while (pread(CORE_FD_PROCESS_LIST, &w->sample, sizeof(w->sample), at) >= (ssize_t)sizeof(*h)) {
		size_t len = sizeof(*h) + h->exe_len + h->cwd_len + h->args_len;

		if (len <= sizeof(w->sample) && proc_read_start(w->proc, h->pid, &start, &ppid) && start == h->start)
			give(w, &w->sample.head, len);
		at += (off_t)len;
	}
}

static void start_watch(void *state)
{
	struct watch *w = state;

	if (w->feed->has_fd(CORE_FD_PROCESS_LIST))
		read_list(w);
	w->next_us = clock_mono_us();
	if (w->by == PROCESS_SOURCE_POLL)
		return;
	w->poll.data = w;
	require(uv_poll_init(w->feed->uv, &w->poll, w->fd) == 0);
	uv_poll_start(&w->poll, UV_READABLE, readable);
}

static void tick(void *state, struct now now)
{
	struct watch *w = state;
	int64_t every_us = w->by == PROCESS_SOURCE_POLL ? w->feed->settings->process_poll_s * SECOND_US : LOOK_US;

	if (now.mono_us < w->next_us)
		return;
	w->next_us = now.mono_us + every_us;
	if (w->by == PROCESS_SOURCE_POLL)
		process_poll_look(&w->poller, w->proc, give, w);
	else
		readable(&w->poll, 0, 0); /* ends that waked nobody */
	tell(w);
}

static int64_t deadline(const void *state)
{
	return ((const struct watch *)state)->next_us;
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct watch *w = state;

	if (w->counts) {
		health_count(out, "process_kernel_execs", w->counts->execs);
		health_count(out, "process_lost", w->counts->lost);
		health_count(out, "process_lost_ends", w->counts->lost_others);
	}
	if (w->by == PROCESS_SOURCE_CONNECTOR) {
		health_count(out, "process_hidden", w->hidden);
		health_count(out, "process_overruns", w->overruns);
	}
	if (w->by == PROCESS_SOURCE_POLL)
		health_count(out, "process_overflows", w->poller.overflows);
}

const struct source_row process_watch_row = {
	.name = "process",
	.fd = CORE_FD_PROCESS_LIST,
	.size = sizeof(struct watch),
	.wanted = wanted,
	.open = open_watch,
	.start = start_watch,
	.tick = tick,
	.deadline = deadline,
	.counters = counters,
};
