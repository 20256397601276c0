/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the log files of the settings: handles inotify's events, and decides when to ask for a path (tail_file.c) and
 * when to read. tail_answer.c takes what was opened, tail_plan.c decides from where, log_file.c reads. Never opens a
 * path.
 */
#include "agent/source/tail.h"

#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/common/file_pattern.h"
#include "agent/source/feed.h"
#include "agent/source/tail_answer.h"
#include "agent/source/tail_file.h"
#include "agent/source/tail_list.h"

#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENT_READS_MAX 64 /* reads of the inotify descriptor in one wake */
#define EVENT_MAX ((ssize_t)(sizeof(struct inotify_event) + NAME_MAX + 1))

static bool turn(void *state)
{
	struct tail *t = state;

	size_t budget = TAIL_TURN;
	bool more = false;

	for (unsigned i = 0; i < t->count; i++)
		more |= tail_file_turn(t, &t->files[i], &budget);
	t->held = more && feed_is_behind(t->feed);
	return more && !t->held;
}

static bool resumes(const void *state)
{
	const struct tail *t = state;

	return t->held && !feed_is_behind(t->feed);
}

static void on_event(struct tail *t, struct source_file *f, const struct inotify_event *event)
{
	struct log_file *streams[] = {&f->current, &f->next, &f->old};
	bool gone = event->mask & (IN_IGNORED | IN_UNMOUNT);

	for (size_t i = 0; i < 3; i++) {
		if (streams[i]->fd < 0 || streams[i]->watch != event->wd)
			continue;
		streams[i]->dirty = true;
		if (gone)
			streams[i]->watch = -1;
		if (gone && i < 2)
			tail_file_ask(t, f, 0);
	}
	if (f->dir_watch != event->wd) {
		/* The actor's answer, which names the directory, may still be on its way: the file may be this. */
		f->ask_again |= f->asked && event->len && (event->mask & (IN_CREATE | IN_MOVED_TO));
		return;
	}
	if (event->mask & IN_MOVE_SELF) {
		f->dir_watch = -1; /* dir_moved() asks for the path */
	} else if (gone || (event->mask & IN_DELETE_SELF)) {
		f->dir_watch = -1;
		tail_file_ask(t, f, 0);
	} else if (event->len && strcmp(event->name, f->entry) == 0) {
		if (event->mask & (IN_CREATE | IN_MOVED_TO | IN_DELETE))
			tail_file_ask(t, f, 0);
		else /* it was renamed; the new file is usually made at once */
			tail_file_retry_within(f, TAIL_RETRY_US);
		f->moved |= (event->mask & IN_MOVED_FROM) != 0;
	}
}

static void on_list_event(struct tail *t, struct tail_list *l, const struct inotify_event *event)
{
	if (l->watch != event->wd)
		return;
	if (event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF)) {
		l->watch = -1;
		tail_list_look(t, l);
	} else if (event->len && (event->mask & (IN_CREATE | IN_MOVED_TO)) && tail_list_concerns(t, l, event->name)) {
		tail_list_look(t, l);
	}
}

/* Whether the watch is that of a file. All others are those of directories and links on the way to files. */
static bool is_of_file(const struct tail *t, int watch)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct source_file *f = &t->files[i];

		if (f->current.watch == watch || f->next.watch == watch || f->old.watch == watch)
			return true;
	}
	return false;
}

static void ask_all(struct tail *t)
{
	for (unsigned i = 0; i < t->count; i++)
		tail_file_ask(t, &t->files[i], 0);
	for (unsigned i = 0; i < t->list_count; i++)
		tail_list_look(t, &t->lists[i]);
}

/* A directory was renamed or a link replaced. It may be on the way to any of the files. */
static void way_changed(struct tail *t)
{
	for (unsigned i = 0; i < t->count; i++)
		t->files[i].moved = true;
	ask_all(t);
}

static void overflowed(struct tail *t)
{
	t->overflows++;
	for (unsigned i = 0; i < t->count; i++) {
		struct source_file *f = &t->files[i];

		f->current.dirty = f->current.fd >= 0;
		f->next.dirty = f->next.fd >= 0;
		f->old.dirty = f->old.fd >= 0;
	}
	ask_all(t);
}

/* Read and handle events of inotify. False: there are no more, because the buffer had room for another one. */
static bool read_events(struct tail *t)
{
	_Alignas(struct inotify_event) char bytes[8192];
	ssize_t n = read(t->inotify, bytes, sizeof(bytes));

	for (char *at = bytes; n > 0 && at < bytes + n;) {
		const struct inotify_event *event = (const struct inotify_event *)at;

		if (event->mask & IN_Q_OVERFLOW)
			overflowed(t);
		if ((event->mask & (IN_MOVE_SELF | IN_ATTRIB | IN_DELETE_SELF)) && !event->len &&
		    !is_of_file(t, event->wd))
			way_changed(t);
		for (unsigned i = 0; i < t->count; i++)
			on_event(t, &t->files[i], event);
		for (unsigned i = 0; i < t->list_count; i++)
			on_list_event(t, &t->lists[i], event);
		at += sizeof(*event) + event->len;
	}
	return n + EVENT_MAX > (ssize_t)sizeof(bytes);
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct tail *t = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < EVENT_READS_MAX && read_events(t); i++)
		;
	if (turn(t))
		feed_again(t->feed);
}

/* A file system was mounted or unmounted somewhere: perhaps on the way to a file. */
static void mounted(uv_poll_t *poll, int status, int events)
{
	struct tail *t = poll->data;

	(void)status;
	(void)events;
	for (unsigned i = 0; i < t->count; i++)
		if (t->files[i].used)
			tail_file_retry_within(&t->files[i], TAIL_MOUNT_US);
	for (unsigned i = 0; i < t->list_count; i++)
		tail_list_look_within(&t->lists[i], TAIL_MOUNT_US);
}

static bool wanted(const struct settings *settings)
{
	return settings->file_count > 0;
}

static void init_file(struct tail *t, unsigned i, char *memory)
{
	struct source_file *f = &t->files[i];

	f->index = f->row = (uint16_t)i;
	f->dir_watch = -1;
	f->retry_us = INT64_MAX;
	log_file_init(&f->current, memory);
	log_file_init(&f->next, memory + LOG_FILE_LINE);
	log_file_init(&f->old, memory + 2 * LOG_FILE_LINE);
}

/* Each file has its row's number; files that fit patterns get those that are left. */
static void init_rows(struct tail *t, const struct settings *settings)
{
	for (unsigned i = 0; i < settings->file_count; i++) {
		if (file_pattern_is(settings->files[i])) {
			t->lists[t->list_count++] =
				(struct tail_list){.row = (uint16_t)i, .watch = -1, .retry_us = INT64_MAX};
			continue;
		}
		t->files[i].used = true;
		str_show(str_from(settings->files[i]), t->files[i].path, sizeof(t->files[i].path));
	}
}

static void open_tail(void *state, const struct source_given *given)
{
	struct tail *t = state;
	struct feed *feed = given->feed;

	t->feed = feed;
	t->inotify = given->fd;
	require(t->inotify >= 0);
	init_rows(t, feed->settings);
	t->count = t->list_count ? SETTINGS_FILES_MAX : feed->settings->file_count;
	char *memory = feed->reserve((size_t)t->count * 3 * LOG_FILE_LINE + 1);

	for (unsigned i = 0; i < t->count; i++)
		init_file(t, i, memory + (size_t)i * 3 * LOG_FILE_LINE);
	t->poll.data = t->mounts.data = t;
	feed_poll(feed, &t->poll, t->inotify, readable);
	if (feed->has_fd(CORE_FD_MOUNTS) && uv_poll_init(feed->uv, &t->mounts, CORE_FD_MOUNTS) == 0)
		uv_poll_start(&t->mounts, UV_PRIORITIZED, mounted);
}

static void start(void *state)
{
	ask_all(state);
}

static void opened(void *state, const struct actor_source *answer, int fd)
{
	struct tail *t = state;

	if (answer->next)
		tail_list_take(t, answer, fd);
	else
		tail_answer_take(t, answer, fd);
	if (turn(t))
		feed_again(t->feed);
}

static void tick(void *state, struct now now)
{
	struct tail *t = state;

	for (unsigned i = 0; i < t->count; i++)
		if (now.mono_us >= t->files[i].retry_us)
			tail_file_ask(t, &t->files[i], 0);
	for (unsigned i = 0; i < t->list_count; i++)
		if (now.mono_us >= t->lists[i].retry_us)
			tail_list_look(t, &t->lists[i]);
}

static int64_t deadline_of(const void *state)
{
	const struct tail *t = state;
	int64_t deadline = INT64_MAX;

	for (unsigned i = 0; i < t->count; i++) {
		if (t->files[i].retry_us < deadline)
			deadline = t->files[i].retry_us;
	}
	for (unsigned i = 0; i < t->list_count; i++)
		if (t->lists[i].retry_us < deadline)
			deadline = t->lists[i].retry_us;
	return deadline;
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct tail *t = state;

	unsigned followed = 0;

	for (unsigned i = 0; i < t->count; i++)
		followed += t->files[i].current.fd >= 0;
	health_count(out, "files_followed", followed);
	health_count(out, "file_lines", t->lines);
	health_count(out, "file_newest_age_s", feed_age_s(t->newest_us));
	health_count(out, "file_lines_too_long", t->skipped);
	health_count(out, "file_rotations", t->rotations);
	health_count(out, "file_truncations", t->truncations);
	health_count(out, "inotify_overflows", t->overflows);
}

const struct source_row tail_row = {
	.name = "files",
	.fd = CORE_FD_INOTIFY,
	.size = sizeof(struct tail),
	.wanted = wanted,
	.open = open_tail,
	.start = start,
	.opened = opened,
	.turn = turn,
	.resumes = resumes,
	.tick = tick,
	.deadline = deadline_of,
	.counters = counters,
};
