/* SPDX-License-Identifier: Apache-2.0 */
/* Moves what the audit tells, and says when it is to look. Never judges what that is. */
#include "agent/source/exposure_watch.h"

#include "agent/base/clock.h"
#include "agent/common/core_fds.h"
#include "agent/common/exposure_sample.h"
#include "agent/sensors/sensors.h"
#include "agent/source/feed.h"

#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define SAMPLES_PER_WAKE 32
#define SOON_US (3 * SECOND_US)	  /* in which one change of settings has ended */
#define APART_US (10 * SECOND_US) /* between a round and what changes begin */
#define ROUND_US (2 * MINUTE_US)  /* after which a round that did not end was killed */

struct watch {
	struct feed *feed;
	unsigned slot;
	int64_t next_us;    /* of a whole round */
	int64_t changed_us; /* when to look at a change; INT64_MAX: there was none */
	bool accounts;	    /* accounts changed, too */
	int64_t asked_us;   /* when the last round was asked for */
	int64_t until_us;   /* a round is under way, at most until then; 0: none is */
	uint64_t asked;
	uv_poll_t readable, changes;
};

static void read_samples(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	char bytes[sizeof(struct exposure_sample) + 1];
	struct exposure_sample sample;

	(void)status;
	(void)events;
	for (int i = 0; i < SAMPLES_PER_WAKE; i++) {
		ssize_t got = recv(CORE_FD_EXPOSURE, bytes, sizeof(bytes), MSG_DONTWAIT);
		struct input input = {.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_EXPOSURE};

		if (got < 0)
			return;
		if (got == 0) { /* caltropd is gone, and this process goes, too */
			uv_poll_stop(poll);
			return;
		}
		input.bytes = (struct str){bytes, (size_t)got};
		if (got == (ssize_t)sizeof(sample)) {
			memcpy(&sample, bytes, sizeof(sample));
			w->until_us = sample.kind == EXPOSURE_SAMPLE_END ? 0 : w->until_us;
		}
		feed_input(w->feed, &input);
	}
}

static bool names(const struct inotify_event *e, const char *name)
{
	return e->len > 0 && strcmp(e->name, name) == 0;
}

static bool is_of_interest(const struct inotify_event *e)
{
	static const char *const in_etc[] = {"passwd", "shadow", "group"};

	for (unsigned i = 0; i < sizeof(in_etc) / sizeof(in_etc[0]); i++)
		if (names(e, in_etc[i]))
			return true;
	return e->len > 0 && (strstr(e->name, "sshd_config") || strstr(e->name, ".conf"));
}

static int64_t soon(const struct watch *w)
{
	int64_t soon_us = clock_mono_us() + SOON_US, apart_us = w->asked_us + APART_US;

	return soon_us > apart_us ? soon_us : apart_us;
}

static void read_changes(uv_poll_t *poll, int status, int events)
{
	_Alignas(struct inotify_event) char bytes[4096];
	struct watch *w = poll->data;
	ssize_t got = read(CORE_FD_EXPOSURE_WATCH, bytes, sizeof(bytes));

	(void)status;
	(void)events;
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= got;) {
		const struct inotify_event *e = (const struct inotify_event *)(const void *)(bytes + at);

		if (is_of_interest(e) && w->changed_us == INT64_MAX)
			w->changed_us = soon(w);
		w->accounts = w->accounts || names(e, "shadow");
		at += (ssize_t)(sizeof(*e) + e->len);
	}
}

static bool wanted(const struct settings *settings)
{
	return settings->exposure;
}

static void open_watch(void *state, const struct source_given *given)
{
	struct watch *w = state;

	w->feed = given->feed;
	w->slot = given->slot;
	w->next_us = w->changed_us = INT64_MAX;
	health_set(w->feed->health, w->slot,
		   given->fd < 0 ? "the device is not audited: caltropd could not make the socket for it" : NULL);
}

static void start_watch(void *state)
{
	struct watch *w = state;

	if (!w->feed->has_fd(CORE_FD_EXPOSURE))
		return;
	w->readable.data = w->changes.data = w;
	feed_poll(w->feed, &w->readable, CORE_FD_EXPOSURE, read_samples);
	if (w->feed->has_fd(CORE_FD_EXPOSURE_WATCH))
		feed_poll(w->feed, &w->changes, CORE_FD_EXPOSURE_WATCH, read_changes);
	w->next_us = clock_mono_us();
}

static void ask(struct watch *w, bool whole)
{
	struct actor_audit request;

	memset(&request, 0, sizeof(request));
	request.whole = whole;
	w->asked_us = clock_mono_us();
	w->asked += w->feed->ask(w->feed->context, ACTOR_AUDIT, &request);
}

static void tick(void *state, struct now now)
{
	struct watch *w = state;
	bool whole = now.mono_us >= w->next_us || w->accounts;

	if (now.mono_us < w->next_us && now.mono_us < w->changed_us)
		return;
	/* What changed while a round looks is for the next one. */
	if (now.mono_us < w->until_us) {
		w->changed_us = now.mono_us + SOON_US;
		w->next_us = w->next_us < w->changed_us ? w->changed_us : w->next_us;
		return;
	}
	w->until_us = now.mono_us + ROUND_US;
	if (now.mono_us >= w->next_us)
		w->next_us = now.mono_us + w->feed->settings->exposure_interval_s * SECOND_US;
	w->changed_us = INT64_MAX;
	w->accounts = false;
	ask(w, whole);
}

static int64_t deadline(const void *state)
{
	const struct watch *w = state;

	return w->next_us < w->changed_us ? w->next_us : w->changed_us;
}

static void counters(const void *state, struct core_shell_health *out)
{
	health_count(out, "audits_asked", ((const struct watch *)state)->asked);
}

const struct source_row exposure_watch_row = {
	.name = "exposure",
	.fd = CORE_FD_EXPOSURE,
	.size = sizeof(struct watch),
	.wanted = wanted,
	.open = open_watch,
	.start = start_watch,
	.tick = tick,
	.deadline = deadline,
	.counters = counters,
};
