/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the log files of the settings: handles inotify's events, knows which open file has which name, and decides
 * when to ask for a path and when to read. tail_plan.c decides from where, and log_file.c reads. Never opens a
 * path.
 */
#include "agent/source/tail.h"

#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/source/feed.h"
#include "agent/source/log.h"

#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENT_READS_MAX 64 /* reads of the inotify descriptor in one wake */
#define EVENT_MAX ((ssize_t)(sizeof(struct inotify_event) + NAME_MAX + 1))

static const char *path_of(const struct source_file *f, const struct tail *t)
{
	return t->feed->settings->files[f->index];
}

/*
 * Whether a new entry of this name may lead to the file: it has the file's name or that of a directory above the file,
 * because the actor watches the nearest directory that exists.
 */
static bool concerns(const struct source_file *f, const struct tail *t, const char *name)
{
	struct str left = str_from(path_of(f, t));

	while (left.len) {
		if (str_equal(str_cut(&left, '/'), str_from(name)))
			return true;
	}
	return false;
}

static void ask(struct tail *t, struct source_file *f, uint64_t sibling_inode)
{
	struct actor_source request = {.index = f->index, .inode = sibling_inode, .sibling = sibling_inode != 0};

	if (f->asked) {
		f->ask_again = true;
		return;
	}
	f->asked = true;
	f->retry_us = INT64_MAX;
	t->feed->ask(t->feed->context, &request);
}

/* Ask again after this time, unless that is planned for an earlier one. */
static void retry_within(struct source_file *f, int64_t delay_us)
{
	int64_t at = feed_now().mono_us + delay_us;

	if (at < f->retry_us)
		f->retry_us = at;
}

static void unwatch(struct tail *t, struct log_file *s)
{
	if (s->watch >= 0)
		inotify_rm_watch(t->inotify, s->watch);
	log_file_close(s);
}

/* Give the core the place up to which the source was read, without a line. */
static void feed_place(struct tail *t, struct source_file *f)
{
	struct input input = {
		.kind = INPUT_LINE, .source = f->index, .bytes = STR(""), .place = log_file_place(&f->current)};

	feed_input(t->feed, &input);
}

/* Make the next file the current one. The one that was current is still watched, as the old one. */
static void promote(struct tail *t, struct source_file *f)
{
	struct log_file spare = f->old;

	unwatch(t, &spare);
	f->old = f->current;
	f->current = f->next;
	f->next = spare;
	t->rotations++;
	feed_place(t, f);
}

/* Feed the lines of one read. */
static size_t read_lines(struct tail *t, struct source_file *f, struct log_file *s)
{
	struct input input = {.kind = INPUT_LINE, .source = f->index};
	struct now now = feed_now();
	bool emptied = false;
	size_t got = log_file_read(s, t->chunk, sizeof(t->chunk), &emptied);
	uint64_t skipped = s->lines.skipped;

	t->truncations += emptied;
	while (log_file_next(s, &input.bytes, &input.place)) {
		/* A line that a slow writer adds to the old file must not move the place back into that file. */
		if (s == &f->old)
			input.place = log_file_place(&f->current);
		t->lines++;
		t->newest_us = now.wall_us;
		feed_input_at(t->feed, &input, now);
	}
	t->skipped += s->lines.skipped - skipped;
	return got;
}

static bool file_turn(struct tail *t, struct source_file *f, size_t *budget)
{
	struct log_file *order[] = {&f->old, &f->current};

	for (size_t i = 0; i < 2; i++) {
		struct log_file *s = order[i];

		while (s->fd >= 0 && s->dirty && *budget && !feed_is_behind(t->feed)) {
			size_t got = read_lines(t, f, s);

			*budget -= got < *budget ? got : *budget;
		}
	}
	if (f->old.fd >= 0 && !f->old.dirty && log_file_unlinked(&f->old))
		unwatch(t, &f->old);
	if (f->next.fd >= 0 && f->current.fd >= 0 && !f->current.dirty) {
		promote(t, f);
		return true;
	}
	return f->current.dirty || f->old.dirty;
}

static bool turn(void *state)
{
	struct tail *t = state;

	size_t budget = TAIL_TURN;
	bool more = false;

	for (unsigned i = 0; i < t->count; i++)
		more |= file_turn(t, &t->files[i], &budget);
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
			ask(t, f, 0);
	}
	if (f->dir_watch != event->wd)
		return;
	if (event->mask & IN_MOVE_SELF) {
		f->dir_watch = -1; /* dir_moved() asks for the path */
	} else if (gone || (event->mask & IN_DELETE_SELF)) {
		f->dir_watch = -1;
		ask(t, f, 0);
	} else if (event->len && concerns(f, t, event->name)) {
		if (event->mask & (IN_CREATE | IN_MOVED_TO | IN_DELETE))
			ask(t, f, 0);
		else /* it was renamed; the new file is usually made at once */
			retry_within(f, TAIL_RETRY_US);
		f->moved |= (event->mask & IN_MOVED_FROM) != 0;
	}
}

/* Whether the watch is that of a file. All others are those of directories on the way to files. */
static bool is_of_file(const struct tail *t, int watch)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct source_file *f = &t->files[i];

		if (f->current.watch == watch || f->next.watch == watch || f->old.watch == watch)
			return true;
	}
	return false;
}

/* A directory was renamed. It may be on the way to any of the files. */
static void dir_moved(struct tail *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		t->files[i].moved = true;
		ask(t, &t->files[i], 0);
	}
}

static void overflowed(struct tail *t)
{
	t->overflows++;
	for (unsigned i = 0; i < t->count; i++) {
		struct source_file *f = &t->files[i];

		f->current.dirty = f->current.fd >= 0;
		f->next.dirty = f->next.fd >= 0;
		f->old.dirty = f->old.fd >= 0;
		ask(t, f, 0);
	}
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
		if ((event->mask & IN_MOVE_SELF) && !is_of_file(t, event->wd))
			dir_moved(t);
		for (unsigned i = 0; i < t->count; i++)
			on_event(t, &t->files[i], event);
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

static bool wanted(const struct settings *settings)
{
	return settings->file_count > 0;
}

static void open_tail(void *state, const struct source_given *given)
{
	struct tail *t = state;
	struct feed *feed = given->feed;

	t->feed = feed;
	t->inotify = given->fd;
	t->count = feed->settings->file_count;
	require(t->inotify >= 0);
	char *memory = feed->reserve((size_t)t->count * 3 * LOG_FILE_LINE + 1);

	for (unsigned i = 0; i < t->count; i++) {
		struct source_file *f = &t->files[i];

		f->index = (uint16_t)i;
		f->dir_watch = -1;
		f->retry_us = INT64_MAX;
		log_file_init(&f->current, memory + (3 * i) * LOG_FILE_LINE);
		log_file_init(&f->next, memory + (3 * i + 1) * LOG_FILE_LINE);
		log_file_init(&f->old, memory + (3 * i + 2) * LOG_FILE_LINE);
	}
	t->poll.data = t;
	require(uv_poll_init(feed->uv, &t->poll, t->inotify) == 0);
	uv_poll_start(&t->poll, UV_READABLE, readable);
}

static void start(void *state)
{
	struct tail *t = state;

	for (unsigned i = 0; i < t->count; i++)
		ask(t, &t->files[i], 0);
}

static void follow(struct tail *t, struct source_file *f, uint64_t offset, const struct tail_look *look)
{
	f->started = true;
	log_file_attach(&f->current, f->next.fd, look, offset);
	f->current.watch = f->next.watch;
	f->next.fd = f->next.watch = -1;
	feed_place(t, f);
}

/* Decide where to begin with the first file of a source in this run, which is in `next`. */
static void begin(struct tail *t, struct source_file *f, const struct tail_look *look)
{
	struct core_place saved;
	bool known = core_place(t->feed->core, f->index, &saved);

	switch (tail_plan_open(known ? &saved : NULL, look, f->late)) {
	case TAIL_SIBLING: ask(t, f, saved.inode); break;
	case TAIL_RESUME: follow(t, f, saved.offset, look); break;
	case TAIL_END: follow(t, f, log_file_end(f->next.fd, look->size), look); break;
	case TAIL_BEGIN: follow(t, f, 0, look); break;
	}
	/* Save the place now: a start after a crash must not begin at the end of the file once more. */
	if (!known)
		feed_input(t->feed, &(struct input){.kind = INPUT_SAVE});
}

/* Read the file that was rotated away while the guard was not running, then `next` from its beginning. */
static void sibling_opened(struct tail *t, struct source_file *f, enum err status, int fd)
{
	struct core_place saved;
	struct tail_look look;
	bool good = status == ERR_OK && core_place(t->feed->core, f->index, &saved) && log_file_look(fd, &look) &&
		    tail_plan_sibling(&saved, &look) == TAIL_RESUME;

	if (f->next.fd < 0) {
		if (fd >= 0)
			close(fd);
	} else if (good) {
		f->started = true;
		log_file_attach(&f->current, fd, &look, saved.offset);
		f->current.watch = -1;
	} else {
		if (fd >= 0)
			close(fd);
		log_line(SEV_LOW,
			 "%s was rotated while the guard was not running, and the old file does not exist any more: "
			 "its last lines are not counted",
			 path_of(f, t));
		if (log_file_look(f->next.fd, &look))
			follow(t, f, 0, &look);
	}
}

static const char *reason_of(const struct actor_source *answer)
{
	if (answer->status == ERR_NOT_FOUND)
		return "there is no such file";
	return answer->why[0] ? answer->why : err_text(answer->status);
}

static void not_opened(struct tail *t, struct source_file *f, const struct actor_source *answer)
{
	enum err status = answer->status;
	bool reads = f->current.fd >= 0 && f->current.watch >= 0 && !log_file_unlinked(&f->current);

	f->late |= status == ERR_NOT_FOUND && !f->started;
	if (reads && !f->moved) {
		/* A rotation may be under way: health says so when the path leads to no file for longer. */
		f->moved = true;
		retry_within(f, TAIL_RETRY_US);
		return;
	}
	health_set(t->feed->health, HEALTH_FILE + f->index,
		   reads ? "cannot read %s: %s; waiting for it, and reading the file that had this name before"
			 : "cannot read %s: %s; waiting for it",
		   path_of(f, t), reason_of(answer));
	if (f->dir_watch >= 0 && status == ERR_NOT_FOUND) {
		retry_within(f, TAIL_LOOK_US);
		return;
	}
	f->retry_delay_us = f->retry_delay_us ? f->retry_delay_us * 2 : TAIL_RETRY_US;
	if (f->retry_delay_us > TAIL_RETRY_MAX_US)
		f->retry_delay_us = TAIL_RETRY_MAX_US;
	f->retry_us = feed_now().mono_us + f->retry_delay_us;
}

static void file_opened(struct tail *t, struct source_file *f, int watch, int fd)
{
	struct log_file *known[] = {&f->current, &f->next};
	struct tail_look look;

	if (!log_file_look(fd, &look)) {
		close(fd);
		return;
	}
	if (t->lines == 0 && look.written_us > t->newest_us)
		t->newest_us = look.written_us;
	for (size_t i = 0; i < 2; i++) {
		if (known[i]->fd >= 0 && known[i]->at.inode == look.inode) {
			known[i]->watch = watch;
			known[i]->dirty = true;
			close(fd);
			return;
		}
	}
	if (f->next.fd >= 0 && f->current.fd >= 0) {
		while (f->current.dirty && read_lines(t, f, &f->current))
			;
		promote(t, f);
	} else if (f->next.fd >= 0) {
		unwatch(t, &f->next);
	}
	log_file_attach(&f->next, fd, &look, 0);
	f->next.watch = watch;
	if (f->current.fd >= 0)
		f->current.dirty = true;
	else if (f->started)
		follow(t, f, 0, &look);
	else
		begin(t, f, &look);
}

static void opened(void *state, const struct actor_source *answer, int fd)
{
	struct tail *t = state;

	if (answer->index >= t->count || (answer->status == ERR_OK) != (fd >= 0)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	struct source_file *f = &t->files[answer->index];

	f->asked = false;
	if (answer->sibling) {
		sibling_opened(t, f, answer->status, fd);
	} else {
		f->dir_watch = answer->dir_watch;
		if (answer->status != ERR_OK) {
			not_opened(t, f, answer);
		} else {
			f->retry_delay_us = 0;
			retry_within(f, TAIL_LOOK_US);
			f->moved = false;
			health_set(t->feed->health, HEALTH_FILE + f->index, NULL);
			file_opened(t, f, answer->watch, fd);
		}
	}
	if (f->ask_again && !f->asked) {
		f->ask_again = false;
		ask(t, f, 0);
	}
	if (turn(t))
		feed_again(t->feed);
}

static void tick(void *state, struct now now)
{
	struct tail *t = state;

	for (unsigned i = 0; i < t->count; i++)
		if (now.mono_us >= t->files[i].retry_us)
			ask(t, &t->files[i], 0);
}

static int64_t deadline_of(const void *state)
{
	const struct tail *t = state;
	int64_t deadline = INT64_MAX;

	for (unsigned i = 0; i < t->count; i++) {
		if (t->files[i].retry_us < deadline)
			deadline = t->files[i].retry_us;
	}
	return deadline;
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct tail *t = state;

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
