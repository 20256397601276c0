/* SPDX-License-Identifier: Apache-2.0 */
/* Takes what the actor answered to a request for a file: where to read it from, or why there is none. Never opens a
 * path. */
#include "agent/source/tail_answer.h"

#include "agent/source/feed.h"
#include "agent/source/log.h"
#include "agent/source/tail_file.h"

#include <string.h>
#include <unistd.h>

static void follow(struct tail *t, struct source_file *f, uint64_t offset, const struct tail_look *look)
{
	f->started = true;
	log_file_attach(&f->current, f->next.fd, look, offset);
	f->current.watch = f->next.watch;
	f->next.fd = f->next.watch = -1;
	tail_file_feed_place(t, f);
}

/* The place of a file that was read under another name, as one that was rotated to a name which fits the pattern, too.
 */
static const struct core_place *place_left(const struct tail *t, const struct tail_look *look)
{
	for (unsigned i = 0; i < TAIL_LEFT_MAX; i++)
		if (t->left[i].inode == look->inode && tail_plan_open(&t->left[i], look, true) == TAIL_RESUME)
			return &t->left[i];
	return NULL;
}

/* Decide where to begin with the first file of a source in this run, which is in `next`. */
static void begin(struct tail *t, struct source_file *f, const struct tail_look *look)
{
	struct core_place saved;
	bool known = core_place(t->feed->core, f->index, &saved);
	const struct core_place *left = known || !f->name[0] ? NULL : place_left(t, look);

	if (left) {
		follow(t, f, left->offset, look);
		return;
	}
	switch (tail_plan_open(known ? &saved : NULL, look, f->late)) {
	case TAIL_SIBLING: tail_file_ask(t, f, saved.inode); break;
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
			 f->path);
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
	if (f->name[0]) {
		f->gone = true;
		tail_file_look_soon(t, f);
		return;
	}
	if (reads && !f->moved) {
		/* A rotation may be under way: health says so when the path leads to no file for longer. */
		f->moved = true;
		tail_file_retry_within(f, TAIL_RETRY_US);
		return;
	}
	health_set(t->feed->health, tail_file_health(f),
		   reads ? "cannot read %s: %s; waiting for it, and reading the file that had this name before"
			 : "cannot read %s: %s; waiting for it",
		   f->path, reason_of(answer));
	if (f->dir_watch >= 0 && status == ERR_NOT_FOUND) {
		tail_file_retry_within(f, TAIL_LOOK_US);
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
		if (known[i]->fd >= 0 && known[i]->at.inode == look.inode && known[i]->device == look.device) {
			known[i]->watch = watch;
			known[i]->dirty = true;
			close(fd);
			return;
		}
	}
	if (f->next.fd >= 0 && f->current.fd >= 0) {
		while (f->current.dirty && tail_file_read(t, f, &f->current))
			;
		tail_file_promote(t, f);
	} else if (f->next.fd >= 0) {
		tail_file_unwatch(t, &f->next);
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

void tail_answer_file(struct tail *t, struct source_file *f, const struct actor_source *answer, int fd)
{
	f->dir_watch = answer->dir_watch;
	memcpy(f->entry, answer->entry, sizeof(f->entry));
	f->entry[sizeof(f->entry) - 1] = '\0';
	if (answer->status != ERR_OK) {
		not_opened(t, f, answer);
		return;
	}
	f->retry_delay_us = 0;
	tail_file_retry_within(f, TAIL_LOOK_US);
	f->moved = f->gone = false;
	if (!f->name[0])
		health_set(t->feed->health, tail_file_health(f), NULL);
	file_opened(t, f, answer->watch, fd);
}

void tail_answer_take(struct tail *t, const struct actor_source *answer, int fd)
{
	struct source_file *f = &t->files[answer->slot < t->count ? answer->slot : 0];

	if (answer->slot >= t->count || !f->asked || (answer->status == ERR_OK) != (fd >= 0)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	f->asked = false;
	if (answer->sibling)
		sibling_opened(t, f, answer->status, fd);
	else
		tail_answer_file(t, f, answer, fd);
	if (f->ask_again && !f->asked) {
		f->ask_again = false;
		tail_file_ask(t, f, 0);
	}
}
