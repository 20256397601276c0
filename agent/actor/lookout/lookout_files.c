/* SPDX-License-Identifier: Apache-2.0 */
/* Compares files with what they were, and puts what differs into words. Opens nothing itself but directories. */
#include "agent/actor/lookout/lookout_files.h"

#include "agent/actor/lookout/lookout_form.h"
#include "agent/actor/lookout/lookout_update.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/zero.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES_MAX 4096u /* of a directory that are looked at */

void lookout_files_init(struct lookout_files *f, struct lookout_dirs *dirs)
{
	f->dirs = dirs;
	f->full = f->changed = false;
	f->by = FILE_SOURCE_LOOK;
	zero_fill(&f->scramble, sizeof(f->scramble));
	lru_init(&f->known, f->memory, CONFIG_FILES_MAX, sizeof(struct lookout_known));
}

static uint16_t place_of(const struct lookout_files *f, const struct lookout_dir *dir)
{
	return (uint16_t)(dir - f->dirs->rows);
}

static bool has_short_name(const struct lookout_news *news)
{
	return news->name.len <= LOOKOUT_FILE_NAME;
}

static uint64_t key_of(const struct lookout_files *f, const struct lookout_news *news)
{
	char text[sizeof(uint16_t) + LOOKOUT_FILE_NAME];
	uint16_t place = place_of(f, news->dir);

	memcpy(text, &place, sizeof(place));
	memcpy(text + sizeof(place), news->name.data, news->name.len);
	return hash_bytes(&f->dirs->key, text, sizeof(place) + news->name.len);
}

static struct lookout_known *find(const struct lookout_files *f, const struct lookout_news *news)
{
	return has_short_name(news) ? lru_find(&f->known, key_of(f, news)) : NULL;
}

static bool has_room(const struct lookout_files *f, const struct lookout_news *news)
{
	return has_short_name(news) && !lru_full(&f->known);
}

/* Keep what it is now. False: there is no room for it. */
static bool keep(struct lookout_files *f, struct lookout_known *known, const struct lookout_news *news, uint8_t group)
{
	if (f->now.content.type == FILE_TYPE_NONE) {
		f->changed |= known != NULL;
		if (known)
			lru_remove(&f->known, known);
		return known != NULL;
	}
	if (!known && !has_room(f, news)) {
		f->full = true;
		return false;
	}
	if (!known) {
		known = lru_add(&f->known, key_of(f, news));
		known->dir = place_of(f, news->dir);
		known->group = group;
		known->name_len = (uint8_t)news->name.len;
		memcpy(known->name, news->name.data, news->name.len);
	}
	f->changed |= memcmp(&known->content, &f->now.content, sizeof(known->content)) != 0;
	known->content = f->now.content;
	return true;
}

void lookout_files_adopt(struct lookout_files *f, const struct lookout_dir *dir, const struct lookout_known *known)
{
	struct lookout_news news = {.dir = &f->dirs->rows[place_of(f, dir)], .name = {known->name, known->name_len}};
	struct lookout_known *own;

	if (find(f, &news) || lru_full(&f->known))
		return;
	own = lru_add(&f->known, key_of(f, &news));
	*own = *known;
	own->dir = place_of(f, dir);
	/* Other settings may say today what it is. */
	(void)lookout_dirs_wants(f->dirs, news.dir, news.name, &own->group);
}

unsigned lookout_files_count(const struct lookout_files *f, uint8_t group)
{
	unsigned count = 0;

	for (const struct lookout_known *k = lru_oldest(&f->known); k; k = lru_newer(&f->known, k))
		count += k->group == group;
	return count;
}

/* Whether it has other bytes in it, or leads elsewhere. What was not hashed is told apart by size and time. */
static bool is_written(const struct lookout_content *a, const struct lookout_content *b)
{
	if (a->type != b->type || a->hashed != b->hashed)
		return true;
	if (a->hashed)
		return memcmp(a->hash, b->hash, sizeof(a->hash)) != 0;
	return a->size != b->size || a->written_ns != b->written_ns;
}

/* What happened to a file of which it is known what it was. FILE_ACTIONS: nothing. */
static uint8_t action_known(const struct lookout_content *before, const struct lookout_content *now, uint32_t told)
{
	if (now->type == FILE_TYPE_NONE)
		return told & LOOKOUT_MOVED_FROM ? FILE_RENAME : FILE_DELETE;
	if (is_written(before, now))
		return FILE_WRITE;
	return before->mode != now->mode || before->owner != now->owner ? FILE_ATTRIBUTES : FILE_ACTIONS;
}

/* What happened to a file that is new, or of which nothing is known. */
static uint8_t action_unknown(const struct lookout_content *now, uint32_t told, bool kept)
{
	if (now->type == FILE_TYPE_NONE)
		return FILE_ACTIONS;
	if (told & LOOKOUT_MOVED_TO)
		return FILE_RENAME;
	if (kept || told & LOOKOUT_MADE)
		return FILE_CREATE;
	if (told & (LOOKOUT_WRITTEN | LOOKOUT_CLOSED))
		return FILE_WRITE;
	return told ? FILE_ATTRIBUTES : FILE_ACTIONS;
}

static void put_who(struct lookout_file *h, const struct lookout_who *who)
{
	if (!who)
		return;
	h->pid = who->pid;
	h->uid = who->uid;
	h->flags |= who->ids ? LOOKOUT_IDS : 0;
	h->exe_len = who->exe_len;
	memcpy(h->name, who->name, sizeof(h->name));
}

static void put_before(struct lookout_file *h, const struct lookout_content *before)
{
	h->flags |= LOOKOUT_BEFORE;
	h->mode_before = before->mode;
	h->owner_before = before->owner;
	h->type = before->type;
	if (!before->hashed || before->type != FILE_REGULAR)
		return;
	h->flags |= LOOKOUT_HASH_BEFORE;
	memcpy(h->hash_before, before->hash, sizeof(h->hash_before));
}

static void put_now(struct lookout_file *h, const struct lookout_content *c)
{
	if (c->type == FILE_TYPE_NONE) {
		h->flags |= LOOKOUT_GONE;
		return;
	}
	h->type = c->type;
	h->mode = c->mode;
	h->owner = c->owner;
	h->size = c->size;
	if (!c->hashed || c->type != FILE_REGULAR)
		return;
	h->flags |= LOOKOUT_HASH;
	memcpy(h->hash, c->hash, sizeof(h->hash));
}

/* Put what all changes have behind what is in the head already. Returns the bytes of all. */
static size_t put(const struct lookout_news *news, struct str target, union lookout_change *out)
{
	struct lookout_file *h = &out->head;
	struct buf texts = buf_over(out->bytes + sizeof(*h), sizeof(*out) - sizeof(*h));

	h->version = LOOKOUT_SAMPLE_VERSION;
	h->sensor = LOOKOUT_FILE;
	h->kind = LOOKOUT_FILE_CHANGE;
	h->source = news->source;
	h->flags |= lookout_update_runs() ? LOOKOUT_UPDATE : 0;
	h->flags |= lookout_update_maintained() ? LOOKOUT_MAINTENANCE : 0;
	put_who(h, news->who);
	buf_text(&texts, news->dir->path);
	buf_char(&texts, '/');
	buf_put(&texts, news->name);
	h->path_len = (uint16_t)texts.len;
	if (h->exe_len)
		buf_bytes(&texts, news->who->exe, h->exe_len);
	h->target_len = (uint16_t)target.len;
	buf_put(&texts, target);
	return sizeof(*h) + texts.len;
}

/* Tell of a file that became unreadable. */
static void tell_scrambled(struct lookout_files *f, const struct lookout_news *news,
			   const struct lookout_scrambled *found, const struct lookout_files_sink *sink)
{
	static union lookout_change change;
	struct lookout_news about = *news;

	memset(&change.head, 0, sizeof(change.head));
	change.head.action = FILE_SCRAMBLE;
	change.head.type = FILE_REGULAR;
	about.name = found->name;
	about.who = found->who;
	if (found->who && found->pid != found->who->pid) {
		lookout_who_read(&f->head, found->pid);
		about.who = &f->head;
	}
	sink->change(sink->context, &change, put(&about, found->other, &change));
}

static void note_scrambled(struct lookout_files *f, const struct lookout_news *news,
			   const struct lookout_content *before, const struct lookout_files_sink *sink)
{
	struct lookout_sight sight = {.dir = place_of(f, news->dir),
				      .name = news->name,
				      .before = before,
				      .now = &f->now.content,
				      .who = news->who};
	struct lookout_scrambled found;

	if (lookout_scramble_note(&f->scramble, &sight, clock_mono_us(), &found))
		tell_scrambled(f, news, &found, sink);
}

/* Read the file as it is now. One that was just emptied is about to be written, and had its form until then. */
static void read_now(struct lookout_files *f, const struct lookout_news *news, const struct lookout_content *before)
{
	int dir = lookout_dirs_open(news->dir);

	lookout_read_file(&f->now, dir, news->name, before);
	if (dir >= 0)
		close(dir);
	if (before && before->form == LOOKOUT_FORM_PLAIN && f->now.content.form == LOOKOUT_FORM_SHORT)
		f->now.content.form = LOOKOUT_FORM_PLAIN;
}

void lookout_files_look(struct lookout_files *f, const struct lookout_news *news, const struct lookout_files_sink *sink)
{
	static union lookout_change change;
	struct lookout_known *known = find(f, news);
	struct lookout_content before = {0};
	bool kept;

	memset(&change.head, 0, sizeof(change.head));
	if (!known && !news->told && !has_room(f, news)) {
		f->full = true;
		return;
	}
	if (known) {
		before = known->content;
		change.head.group = known->group;
	} else if (!lookout_dirs_wants(f->dirs, news->dir, news->name, &change.head.group)) {
		return;
	}
	read_now(f, news, known ? &before : NULL);
	kept = keep(f, known, news, change.head.group);
	change.head.action = known ? action_known(&before, &f->now.content, news->told)
				   : action_unknown(&f->now.content, news->told, kept);
	if (!sink || change.head.action == FILE_ACTIONS)
		return;
	if (known)
		put_before(&change.head, &before);
	put_now(&change.head, &f->now.content);
	sink->change(sink->context, &change, put(news, f->now.target, &change));
	note_scrambled(f, news, known ? &before : NULL, sink);
}

static void compare_present(struct lookout_files *f, struct lookout_dir *row, const struct lookout_files_sink *sink)
{
	int fd = lookout_dirs_open(row), readable;
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return;
	readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(fd);
	dir = readable >= 0 ? fdopendir(readable) : NULL;
	for (unsigned i = 0; dir && i < ENTRIES_MAX && (entry = readdir(dir)) != NULL; i++) {
		struct lookout_news news = {.dir = row, .name = str_from(entry->d_name), .source = f->by};
		uint8_t group;

		if (entry->d_type != DT_DIR && lookout_dirs_wants(f->dirs, row, news.name, &group))
			lookout_files_look(f, &news, sink);
	}
	if (dir)
		closedir(dir);
}

/* One that was there. What is watched no more is forgotten, since its directory's place will be another one's. */
static void compare_known(struct lookout_files *f, const struct lookout_known *known,
			  const struct lookout_files_sink *sink)
{
	struct lookout_dir *row = &f->dirs->rows[known->dir];
	char name[LOOKOUT_FILE_NAME];
	struct lookout_news news = {.dir = row, .name = {name, known->name_len}, .source = f->by};

	memcpy(name, known->name, known->name_len);
	lookout_files_look(f, &news, sink);
	if (!row->used && find(f, &news))
		lru_remove(&f->known, find(f, &news));
}

void lookout_files_compare(struct lookout_files *f, bool all, const struct lookout_files_sink *sink)
{
	struct lookout_known *next;

	for (struct lookout_known *k = lru_oldest(&f->known); k; k = next) {
		const struct lookout_dir *row = &f->dirs->rows[k->dir];

		next = lru_newer(&f->known, k);
		if (all || row->fresh || !row->used)
			compare_known(f, k, sink);
	}
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++) {
		struct lookout_dir *row = &f->dirs->rows[i];

		if (row->used && row->wanted && (all || row->fresh))
			compare_present(f, row, sink);
	}
}
