/* SPDX-License-Identifier: Apache-2.0 */
/* One followed file: asks for it, reads it, and makes the next one current. Never decides when; tail.c does. */
#include "agent/source/tail_file.h"

#include "agent/common/file_pattern.h"
#include "agent/source/feed.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

void tail_file_ask(struct tail *t, struct source_file *f, uint64_t sibling_inode)
{
	struct actor_source request = {
		.index = f->row, .slot = f->index, .inode = sibling_inode, .sibling = sibling_inode != 0};

	if (!f->used)
		return;
	f->retry_us = INT64_MAX;
	if (f->asked) {
		f->ask_again = true;
		return;
	}
	f->asked = true;
	memcpy(request.name, f->name, sizeof(request.name));
	(void)t->feed->ask(t->feed->context, ACTOR_SOURCE, &request);
}

unsigned tail_file_health(const struct source_file *f)
{
	return HEALTH_FILE + f->row;
}

void tail_file_look_soon(struct tail *t, const struct source_file *f)
{
	for (unsigned i = 0; i < t->list_count; i++)
		if (t->lists[i].row == f->row)
			t->lists[i].retry_us = feed_now().mono_us;
}

void tail_file_retry_within(struct source_file *f, int64_t delay_us)
{
	int64_t at = feed_now().mono_us + delay_us;

	if (at < f->retry_us)
		f->retry_us = at;
}

void tail_file_unwatch(struct tail *t, struct log_file *s)
{
	if (s->watch >= 0)
		inotify_rm_watch(t->inotify, s->watch);
	/* One that was removed does not come back, and must not take the room of one that may. */
	if (s->fd >= 0 && t->list_count && !log_file_unlinked(s)) {
		t->left[t->left_next] = log_file_place(s);
		t->left_next = (t->left_next + 1) % TAIL_LEFT_MAX;
	}
	log_file_close(s);
}

void tail_file_free(struct tail *t, struct source_file *f)
{
	tail_file_unwatch(t, &f->current);
	tail_file_unwatch(t, &f->next);
	tail_file_unwatch(t, &f->old);
	f->used = f->started = f->late = f->moved = f->seen = f->gone = f->ask_again = false;
	f->name[0] = f->path[0] = f->entry[0] = '\0';
	f->dir_watch = -1;
	f->retry_us = INT64_MAX;
	f->retry_delay_us = 0;
}

void tail_file_name(struct tail *t, struct source_file *f, const struct tail_list *l, const char *name)
{
	const char *pattern = t->feed->settings->files[l->row];
	struct input input = {.kind = INPUT_FILE, .source = f->index};

	f->used = true;
	f->row = l->row;
	f->late = l->looked;
	str_show(str_from(name), f->name, sizeof(f->name));
	snprintf(f->path, sizeof(f->path), "%.*s%s", (int)file_pattern_dir(pattern), pattern, name);
	input.bytes = str_from(f->path);
	feed_input(t->feed, &input);
}

void tail_file_feed_place(struct tail *t, struct source_file *f)
{
	struct input input = {
		.kind = INPUT_LINE, .source = f->index, .bytes = STR(""), .place = log_file_place(&f->current)};

	feed_input(t->feed, &input);
}

void tail_file_promote(struct tail *t, struct source_file *f)
{
	struct log_file spare = f->old;

	tail_file_unwatch(t, &spare);
	f->old = f->current;
	f->current = f->next;
	f->next = spare;
	t->rotations++;
	tail_file_feed_place(t, f);
}

size_t tail_file_read(struct tail *t, struct source_file *f, struct log_file *s)
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

bool tail_file_turn(struct tail *t, struct source_file *f, size_t *budget)
{
	struct log_file *order[] = {&f->old, &f->current};

	for (size_t i = 0; i < 2; i++) {
		struct log_file *s = order[i];

		while (s->fd >= 0 && s->dirty && *budget && !feed_is_behind(t->feed)) {
			size_t got = tail_file_read(t, f, s);

			*budget -= got < *budget ? got : *budget;
		}
	}
	if (f->old.fd >= 0 && !f->old.dirty && log_file_unlinked(&f->old))
		tail_file_unwatch(t, &f->old);
	if (f->next.fd >= 0 && f->current.fd >= 0 && !f->current.dirty) {
		tail_file_promote(t, f);
		return true;
	}
	return f->current.dirty || f->old.dirty;
}
