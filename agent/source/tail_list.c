/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the files that fit a pattern, and gives each a number. Never opens a path, and reads no file. */
#include "agent/source/tail_list.h"

#include "agent/common/file_pattern.h"
#include "agent/source/feed.h"
#include "agent/source/tail_answer.h"
#include "agent/source/tail_file.h"

#include <string.h>
#include <unistd.h>

static const char *pattern_of(const struct tail *t, const struct tail_list *l)
{
	return t->feed->settings->files[l->row];
}

bool tail_list_concerns(const struct tail *t, const struct tail_list *l, const char *name)
{
	if (strcmp(l->entry, name) == 0)
		return true;
	if (!file_pattern_fits(pattern_of(t, l), str_from(name)))
		return false;
	/* One that has a number is asked for by its name. */
	for (unsigned i = 0; i < t->count; i++)
		if (t->files[i].used && t->files[i].row == l->row && strcmp(t->files[i].name, name) == 0)
			return false;
	return true;
}

static void step(struct tail *t, struct tail_list *l)
{
	struct actor_source request = {.index = l->row, .next = 1};

	memcpy(request.name, l->cursor, sizeof(request.name));
	(void)t->feed->ask(t->feed->context, ACTOR_SOURCE, &request);
}

void tail_list_look(struct tail *t, struct tail_list *l)
{
	l->ask_again = l->asked;
	l->retry_us = INT64_MAX;
	if (l->asked)
		return;
	l->asked = true;
	l->left_out = 0;
	l->cursor[0] = l->refused[0] = '\0';
	for (unsigned i = 0; i < t->count; i++)
		if (t->files[i].row == l->row)
			t->files[i].seen = false;
	step(t, l);
}

void tail_list_look_within(struct tail_list *l, int64_t delay_us)
{
	int64_t at = feed_now().mono_us + delay_us;

	if (at < l->retry_us)
		l->retry_us = at;
}

static bool is_open_as(const struct log_file *s, const struct tail_look *look)
{
	return s->fd >= 0 && s->at.inode == look->inode && s->device == look->device;
}

/* Whether the file is followed already: under another name, or since it was rotated to this one. */
static bool is_followed(const struct tail *t, int fd)
{
	struct tail_look look;

	if (!log_file_look(fd, &look))
		return true;
	for (unsigned i = 0; i < t->count; i++) {
		const struct source_file *f = &t->files[i];

		if (is_open_as(&f->current, &look) || is_open_as(&f->next, &look) || is_open_as(&f->old, &look))
			return true;
	}
	return false;
}

static struct source_file *find(struct tail *t, const struct tail_list *l, const char *name)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->files[i].used && t->files[i].row == l->row && strcmp(t->files[i].name, name) == 0)
			return &t->files[i];
	return NULL;
}

/* A number that nobody has, or whose file's name is gone. NULL: there is none. */
static struct source_file *spare(struct tail *t)
{
	struct source_file *gone = NULL;

	for (unsigned i = 0; i < t->count; i++) {
		struct source_file *f = &t->files[i];

		if (!f->used && !f->asked)
			return f;
		if (f->used && f->name[0] && f->gone && !f->asked)
			gone = f;
	}
	if (gone)
		tail_file_free(t, gone);
	return gone;
}

/* A file that fits was opened. */
static void take_match(struct tail *t, struct tail_list *l, const struct actor_source *answer, int fd)
{
	struct source_file *f = find(t, l, answer->name);

	if (!f && is_followed(t, fd)) {
		close(fd);
		return;
	}
	if (!f) {
		f = spare(t);
		if (f)
			tail_file_name(t, f, l, answer->name);
	}
	if (!f) {
		l->left_out++;
		close(fd);
		return;
	}
	f->seen = true;
	tail_answer_file(t, f, answer, fd);
}

static void say(struct tail *t, const struct tail_list *l, const struct actor_source *answer)
{
	const char *pattern = pattern_of(t, l);
	unsigned slot = HEALTH_FILE + l->row, found = 0;

	for (unsigned i = 0; i < t->count; i++)
		found += t->files[i].used && t->files[i].row == l->row && t->files[i].seen;
	if (answer->status != ERR_NOT_FOUND)
		health_set(t->feed->health, slot, "cannot read %s: %s; waiting for it", pattern,
			   answer->why[0] ? answer->why : err_text(answer->status));
	else if (l->refused[0])
		health_set(t->feed->health, slot, "cannot read %s, which fits %s: %s", l->refused, pattern, l->why);
	else if (l->left_out || answer->matches > SETTINGS_FILES_MAX)
		health_set(t->feed->health, slot, "%u files fit %s, but %u of them are read: %u are followed at most",
			   answer->matches, pattern, found, SETTINGS_FILES_MAX);
	else if (answer->matches == 0)
		health_set(t->feed->health, slot, "no file fits %s; waiting for one", pattern);
	else
		health_set(t->feed->health, slot, NULL);
}

/* All were gone through. What was not found is not followed any more when it has no other name either. */
static void end(struct tail *t, struct tail_list *l, const struct actor_source *answer)
{
	bool freed = false;

	memcpy(l->entry, answer->entry, sizeof(l->entry));
	l->entry[sizeof(l->entry) - 1] = '\0';
	l->asked = false;
	l->looked = true;
	for (unsigned i = 0; i < t->count; i++) {
		struct source_file *f = &t->files[i];

		if (!f->used || !f->name[0] || f->row != l->row || f->seen)
			continue;
		f->gone = true;
		if (!f->asked && !f->current.dirty && log_file_unlinked(&f->current) && f->next.fd < 0) {
			tail_file_free(t, f);
			freed = true;
		}
	}
	say(t, l, answer);
	/* Who may read what is seen by no watch. */
	tail_list_look_within(l, answer->status != ERR_NOT_FOUND || l->refused[0] || l->watch < 0 ? TAIL_RETRY_MAX_US
												  : TAIL_LOOK_US);
	/* Those that were left out came before a number was free, and no event of theirs will come. */
	if (l->ask_again || (freed && l->left_out))
		tail_list_look(t, l);
}

void tail_list_take(struct tail *t, const struct actor_source *answer, int fd)
{
	struct tail_list *l = t->lists;

	while (l < t->lists + t->list_count && l->row != answer->index)
		l++;
	if (l == t->lists + t->list_count || !l->asked || (answer->status == ERR_OK) != (fd >= 0) ||
	    !memchr(answer->name, '\0', sizeof(answer->name))) {
		if (fd >= 0)
			close(fd);
		return;
	}
	l->watch = answer->list_watch;
	if (!answer->name[0]) {
		end(t, l, answer);
		return;
	}
	memcpy(l->cursor, answer->name, sizeof(l->cursor));
	if (fd >= 0) {
		take_match(t, l, answer, fd);
	} else if (answer->status != ERR_NOT_FOUND && !l->refused[0]) {
		memcpy(l->refused, answer->name, sizeof(l->refused));
		str_show(str_from(answer->why[0] ? answer->why : err_text(answer->status)), l->why, sizeof(l->why));
	}
	step(t, l);
}
