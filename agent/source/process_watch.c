/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses by the descriptors that are there, and moves samples. Never judges them: the sensor does. Audit records tell
 * of execs only, so beside them the connector tells of forks and ends, else a look at /proc does.
 */
#include "agent/source/process_watch.h"

#include "agent/base/clock.h"
#include "agent/base/netlink_socket.h"
#include "agent/common/core_fds.h"
#include "agent/common/proc_read.h"
#include "agent/event/process.h"
#include "agent/sensors/sensors.h"
#include "agent/source/feed.h"
#include "agent/source/process_audit.h"
#include "agent/source/process_connector.h"
#include "agent/source/process_poll.h"
#include "agent/source/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#define SAMPLES_PER_WAKE 256
#define CONNECTOR_PER_EXEC 4096
#define TICK_US 10000	  /* of a start in /proc */
#define STAMP_US 50000	  /* by which the time of a record may be behind, since its clock ticks */
#define LOOK_US MINUTE_US /* at ends that wake nobody, and at what the kernel counts */

struct watch {
	struct feed *feed;
	unsigned slot;
	uint8_t by;    /* enum process_source */
	int fd;	       /* of the ring, the audit records or the connector */
	int connector; /* beside audit records; else -1 */
	int proc;
	uv_poll_t poll, connector_poll;
	const volatile struct process_counts *counts;
	uint64_t hidden;   /* execs of which /proc knew nothing any more */
	uint64_t lost;	   /* as health says it */
	uint64_t overruns; /* how often the connector has dropped messages */
	uint64_t dropped;  /* audit records that the kernel has dropped */
	uint64_t changes;  /* of audit rules, as health says it */
	int64_t next_us;   /* of a look; INT64_MAX: none */
	char why[sizeof(((struct process_list *)0)->why)];
	char lacks[sizeof(((struct process_list *)0)->lacks)];
	union proc_sample sample;
	struct ring ring;
	struct process_poll poller;
	char datagram[PROCESS_AUDIT_BYTES]; /* from here on only a build with audit has memory */
	struct process_audit audit;
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

static bool read_connector(struct watch *w, int fd)
{
	char bytes[512];
	struct view datagram;
	enum err err = netlink_receive(fd, bytes, sizeof(bytes), &datagram);
	struct process_sample *h = &w->sample.head;
	size_t len = sizeof(*h);

	w->overruns += err == ERR_FULL;
	if (err != ERR_OK || !process_connector_read(datagram.data, datagram.len, h))
		return err == ERR_OK || err == ERR_FULL;
	if (h->kind == PROCESS_SAMPLE_EXEC && w->by == PROCESS_SOURCE_AUDIT)
		return true;
	if (h->kind == PROCESS_SAMPLE_EXEC)
		len = proc_read(w->proc, h->pid, PROCESS_SAMPLE_EXEC, &w->sample);
	w->hidden += len == 0;
	if (len)
		give(w, h, len);
	return true;
}

static void read_forks(struct watch *w)
{
	for (int i = 0; w->connector >= 0 && i < CONNECTOR_PER_EXEC && read_connector(w, w->connector); i++)
		;
}

/* Whether the process that a record tells of still lives: another one may have its pid by now. */
static bool still_lives(struct watch *w, const struct process_sample *h, struct proc_stat *stat)
{
	int64_t ago_us = clock_wall_us() - w->audit.stamp_us;

	return proc_read_stat(w->proc, h->pid, stat) && !stat->dead &&
	       (int64_t)stat->start_ticks * TICK_US <= clock_mono_us() - ago_us + STAMP_US;
}

/* What a record tells of comes behind the forks before it, and before its end, though the end may have been read. */
static void give_audited(void *context, struct process_sample *sample, size_t len)
{
	struct watch *w = context;
	struct proc_stat stat, parent;
	bool lives = sample->kind == PROCESS_SAMPLE_EXEC && still_lives(w, sample, &stat);

	read_forks(w);
	if (lives)
		sample->start = stat.start_ticks;
	if (lives && (uint32_t)stat.parent == sample->ppid && proc_read_stat(w->proc, sample->ppid, &parent))
		sample->parent_start = parent.start_ticks;
	give(w, sample, len);
	if (lives && w->connector < 0)
		process_poll_note(&w->poller, sample->pid, sample->start);
	if (lives || sample->kind != PROCESS_SAMPLE_EXEC)
		return;
	sample->kind = PROCESS_SAMPLE_EXIT;
	sample->exe_len = sample->cwd_len = sample->args_len = 0;
	give(w, sample, sizeof(*sample));
}

static bool read_audit(struct watch *w)
{
	struct view datagram;
	enum err err = netlink_receive(w->fd, w->datagram, sizeof(w->datagram), &datagram);

	if (err == ERR_FULL && !netlink_dropped(w->fd, &w->dropped))
		w->dropped++;
	if (err == ERR_OK)
		process_audit_read(&w->audit, datagram, clock_mono_us());
	return err == ERR_OK || err == ERR_FULL;
}

/* Beside audit records: what began without one is only known to run. */
static void give_seen(void *context, struct process_sample *sample, size_t len)
{
	if (sample->kind == PROCESS_SAMPLE_EXEC)
		sample->kind = PROCESS_SAMPLE_RUNS;
	give(context, sample, len);
}

static void tell_audit(struct watch *w, const char *because)
{
	char more[128] = "";

	w->lost = w->dropped + w->audit.incomplete;
	w->changes = w->audit.changes;
	if (w->changes)
		snprintf(more, sizeof(more), "; the audit rules were changed, and may tell of fewer since");
	else if (w->lost)
		snprintf(more, sizeof(more), "; %llu records were dropped, and %llu programs told of in part or not",
			 (unsigned long long)w->dropped, (unsigned long long)w->audit.incomplete);
	health_set(w->feed->health, w->slot, "processes are watched by audit records (%s)%s%s%s%s", because,
		   w->lacks[0] ? ": " : "", w->lacks, w->connector < 0 ? "; their ends by looks at /proc" : "", more);
}

static void tell(struct watch *w)
{
	const char *because = w->why[0] ? w->why : "as the settings ask";

	if (w->counts)
		w->lost = w->counts->lost + w->counts->lost_others;
	if (w->by == PROCESS_SOURCE_BPF && w->lost)
		health_set(w->feed->health, w->slot, "%llu events of processes were lost: the ring was full",
			   (unsigned long long)w->lost);
	else if (w->by == PROCESS_SOURCE_AUDIT)
		tell_audit(w, because);
	else if (w->by == PROCESS_SOURCE_CONNECTOR)
		health_set(w->feed->health, w->slot,
			   "processes are watched by the proc connector (%s): the program's path is not known, and of "
			   "those "
			   "that end at once nothing",
			   because);
	else if (w->by == PROCESS_SOURCE_POLL)
		health_set(w->feed->health, w->slot,
			   "processes are looked at every %u s only (%s): those that live shorter are not seen, nor "
			   "the path of any program",
			   (unsigned)w->feed->settings->process_poll_s, because);
}

static bool read_one(struct watch *w)
{
	switch (w->by) {
	case PROCESS_SOURCE_BPF: return read_ring(w);
	case PROCESS_SOURCE_AUDIT: return IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) && read_audit(w);
	default: return read_connector(w, w->fd);
	}
}

/* Whether health says less than was lost. */
static bool lost_more(const struct watch *w)
{
	if (w->counts)
		return w->counts->lost + w->counts->lost_others != w->lost;
	return w->by == PROCESS_SOURCE_AUDIT &&
	       (w->dropped + w->audit.incomplete != w->lost || w->audit.changes != w->changes);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < SAMPLES_PER_WAKE; i++)
		if (!read_one(w))
			break;
	if (lost_more(w))
		tell(w);
}

/* Only the kernel's program tells of what other sources tell of, too. */
static void catch_up(void *state)
{
	struct watch *w = state;

	if (w->by == PROCESS_SOURCE_BPF)
		readable(&w->poll, 0, 0);
}

static void forks_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	read_forks(poll->data);
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
	w->fd = CORE_FD_PROCESS_AUDIT;
	if (IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) && w->feed->has_fd(w->fd)) {
		w->audit.give = give_audited;
		w->audit.context = w;
		w->connector = w->feed->has_fd(CORE_FD_PROCESS_CONNECTOR) ? CORE_FD_PROCESS_CONNECTOR : -1;
		return PROCESS_SOURCE_AUDIT;
	}
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
	w->connector = -1;
	w->proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->feed->has_fd(CORE_FD_PROCESS_LIST) &&
	    pread(CORE_FD_PROCESS_LIST, &head, sizeof(head), 0) == (ssize_t)sizeof(head)) {
		str_show((struct str){head.why, strnlen(head.why, sizeof(head.why))}, w->why, sizeof(w->why));
		str_show((struct str){head.lacks, strnlen(head.lacks, sizeof(head.lacks))}, w->lacks, sizeof(w->lacks));
	}
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
	w->poll.data = w->connector_poll.data = w;
	feed_poll(w->feed, &w->poll, w->fd, readable);
	if (w->connector < 0)
		return;
	feed_poll(w->feed, &w->connector_poll, w->connector, forks_readable);
}

/* By looks at /proc alone, or beside audit records. */
static bool looks(const struct watch *w)
{
	return w->by == PROCESS_SOURCE_POLL || (w->by == PROCESS_SOURCE_AUDIT && w->connector < 0);
}

static void tick(void *state, struct now now)
{
	struct watch *w = state;
	int64_t every_us = looks(w) ? w->feed->settings->process_poll_s * SECOND_US : LOOK_US;

	if (IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) && w->by == PROCESS_SOURCE_AUDIT)
		process_audit_tick(&w->audit, now.mono_us);
	if (now.mono_us < w->next_us)
		return;
	w->next_us = now.mono_us + every_us;
	if (looks(w))
		process_poll_look(&w->poller, w->proc, w->by == PROCESS_SOURCE_POLL ? give : give_seen, w);
	else
		readable(&w->poll, 0, 0); /* ends that waked nobody */
	tell(w);
}

static int64_t deadline(const void *state)
{
	const struct watch *w = state;
	int64_t due = INT64_MAX;

	if (IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) && w->by == PROCESS_SOURCE_AUDIT)
		due = process_audit_deadline(&w->audit);
	return due < w->next_us ? due : w->next_us;
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct watch *w = state;

	if (w->counts) {
		health_count(out, "process_kernel_execs", w->counts->execs);
		health_count(out, "process_lost", w->counts->lost);
		health_count(out, "process_lost_ends", w->counts->lost_others);
	}
	if (w->by == PROCESS_SOURCE_AUDIT) {
		health_count(out, "process_audit_dropped", w->dropped);
		health_count(out, "process_audit_incomplete", w->audit.incomplete);
	}
	if (w->by == PROCESS_SOURCE_CONNECTOR)
		health_count(out, "process_hidden", w->hidden);
	if (w->by == PROCESS_SOURCE_CONNECTOR || w->connector >= 0)
		health_count(out, "process_overruns", w->overruns);
	if (looks(w))
		health_count(out, "process_overflows", w->poller.overflows);
}

const struct source_row process_watch_row = {
	.name = "process",
	.fd = CORE_FD_PROCESS_LIST,
	.size = IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) ? sizeof(struct watch) : offsetof(struct watch, datagram),
	.wanted = wanted,
	.open = open_watch,
	.start = start_watch,
	.catch_up = catch_up,
	.tick = tick,
	.deadline = deadline,
	.counters = counters,
};
