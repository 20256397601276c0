/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the journal's files, takes their entries in order, and feeds them as lines. journald_file.c knows the format.
 */
#include "agent/source/journald.h"

#include "agent/base/clock.h"
#include "agent/base/hash.h"
#include "agent/common/core_fds.h"
#include "agent/source/feed.h"
#include "agent/source/journald_unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIR_BYTES 8192
#define EVENTS_BYTES 4096

static int64_t read_fd(void *context, uint64_t offset, void *to, size_t len)
{
	const int *fd = context;
	ssize_t n;

	do
		n = pread(*fd, to, len, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n;
}

static uint64_t numbering_of(const struct journald_file *f)
{
	static const struct hash_key key = {0, 0}; /* an identifier that journald drew at random */

	return hash_bytes(&key, f->seqnum_id, sizeof(f->seqnum_id)) | 1;
}

/* Whether the file's numbers are those that are gone on with. */
static bool is_ours(const struct journald *j, const struct journald_open *o)
{
	return o->user || numbering_of(&o->file) == j->numbering;
}

static void close_file(struct journald *j, struct journald_open *o)
{
	j->not_unpacked += o->file.not_unpacked;
	j->damaged += o->file.damaged;
	close(o->fd);
	o->fd = -1;
}

static struct journald_open *find(struct journald *j, uint64_t inode)
{
	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++)
		if (j->open[i].fd >= 0 && j->open[i].inode == inode)
			return &j->open[i];
	return NULL;
}

/* Users' files leave room for the system's, the one that journald writes and the one that it has just archived. */
static struct journald_open *find_free(struct journald *j, bool user)
{
	for (unsigned i = user ? JOURNALD_SYSTEM_FILES : 0; i < JOURNALD_FILES_MAX; i++)
		if (j->open[i].fd < 0)
			return &j->open[i];
	return NULL;
}

/* Where to begin with a file: behind what was taken, at its end when nothing ever was, at its beginning when it is new.
 */
static enum err position(struct journald *j, struct journald_open *o, bool first)
{
	if (first && !j->known)
		return journald_file_seek(&o->file, UINT64_MAX);
	if (is_ours(j, o))
		return journald_file_seek(&o->file, j->seqnum);
	return o->file.archived ? ERR_EXISTS : ERR_OK;
}

/* A file is not read; `live`: it is one that a user's lines are written to. */
static void no_room(struct journald *j, bool live)
{
	if (live)
		health_set(
			j->feed->health, j->slot,
			"more users have journals than are read at once (%u): what sudo and su wrote for the others is "
			"not seen",
			JOURNALD_FILES_MAX - JOURNALD_SYSTEM_FILES);
}

static bool is_users(const char *name)
{
	return str_starts(str_from(name), STR("user-"));
}

static void look_at(struct journald *j, const char *name, bool first)
{
	bool user = is_users(name);
	struct journald_open *o = find_free(j, user);
	int fd = openat(j->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || find(j, st.st_ino)) {
		close(fd);
		return;
	}
	if (!o) {
		j->rescan = true;
		no_room(j, user && !strchr(name, '@'));
		close(fd);
		return;
	}
	o->fd = fd;
	o->inode = st.st_ino;
	o->next = 0;
	o->past = false;
	o->user = user;
	enum err err = journald_file_begin(&o->file, &(struct journald_io){read_fd, &o->fd});

	err = err == ERR_OK ? position(j, o, first) : err;
	/* An archived file that was read, or is of an older numbering, has nothing more to say. */
	if (err != ERR_OK || (o->file.archived && o->file.at.taken >= o->file.entries))
		close_file(j, o);
	j->young |= err == ERR_TRUNCATED;
	if (err == ERR_UNSUPPORTED)
		health_set(j->feed->health, j->slot, "the journal file %s has a feature that this guard cannot read",
			   name);
	else if (err == ERR_CORRUPT)
		health_set(j->feed->health, j->slot, "the journal file %s is damaged and cannot be read", name);
}

static bool is_journal(const char *name)
{
	struct str s = str_from(name);

	return str_ends(s, STR(".journal"));
}

struct dirent64_head {
	uint64_t inode;
	int64_t next;
	uint16_t len;
	uint8_t type;
	char name[];
};

/*
 * Open the files that are not open yet. Neither opendir(3) nor anything else here allocates. Who has many user ids, as
 * by newuidmap(1), makes as many files of users, wherever in the directory: they keep none of the system's from being
 * looked at.
 */
static void scan(struct journald *j, bool first)
{
	_Alignas(8) char bytes[DIR_BYTES];
	unsigned names = 0;
	long n;

	j->rescan = j->young = false;
	if (lseek(j->dir, 0, SEEK_SET) != 0)
		return;
	while ((n = syscall(SYS_getdents64, j->dir, bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < n;) {
			const struct dirent64_head *entry = (const struct dirent64_head *)(bytes + at);

			at += entry->len;
			if (!is_journal(entry->name))
				continue;
			if (!is_users(entry->name) || names++ < JOURNALD_NAMES_MAX)
				look_at(j, entry->name, first);
			else
				no_room(j, !strchr(entry->name, '@'));
		}
}

/* Files of the numbering before have no more to come. */
static void leave_numbering(struct journald *j)
{
	for (unsigned i = 0; i < JOURNALD_FILES_MAX && j->known; i++)
		if (j->open[i].fd >= 0 && !j->open[i].user && is_ours(j, &j->open[i]))
			j->open[i].past = true;
}

static void learn_numbering(struct journald *j)
{
	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++) {
		struct journald_open *o = &j->open[i];

		if (o->fd < 0 || o->past || o->user || o->file.archived || (j->known && is_ours(j, o)))
			continue;
		leave_numbering(j);
		/* journald began a new numbering: what it has written since is new. */
		j->numbering = numbering_of(&o->file);
		j->seqnum = j->known ? 0 : o->file.tail_seqnum;
		j->known = true;
	}
}

bool journald_believed(const struct journald_entry *e)
{
	static const char *const setuid[] = {"/usr/bin/su", "/bin/su", "/usr/bin/sudo", "/bin/sudo"};

	if (str_equal(e->fields[JOURNALD_UID], STR("0")))
		return true;
	for (size_t i = 0; i < sizeof(setuid) / sizeof(setuid[0]); i++)
		if (str_equal(e->fields[JOURNALD_EXE], str_from(setuid[i])))
			return true;
	return false;
}

/* Whether the program's file has the name under which the line was written. */
static bool is_own_name(const struct journald_entry *e)
{
	size_t slash = str_find_back(e->fields[JOURNALD_EXE], STR("/"));

	return slash != SIZE_MAX && str_equal(str_sub(e->fields[JOURNALD_EXE], slash + 1, JOURNALD_VALUE_MAX),
					      e->fields[JOURNALD_IDENTIFIER]);
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] <= ' ' || s.data[i] > '~' || s.data[i] == '[' || s.data[i] == ':')
			return false;
	return s.len > 0;
}

bool journald_line(const struct journald_entry *e, struct buf *out, uint32_t *writer)
{
	struct str pid = e->fields[JOURNALD_SYSLOG_PID].len ? e->fields[JOURNALD_SYSLOG_PID] : e->fields[JOURNALD_PID];
	uint64_t number = 0;

	*writer = 0;
	if (!is_word(e->fields[JOURNALD_IDENTIFIER]) || str_empty(e->message) || e->realtime_us < 0 ||
	    str_equal(e->fields[JOURNALD_TRANSPORT], STR("kernel")) || e->fields[JOURNALD_PARTIAL].data)
		return false;
	clock_put_utc(out, e->realtime_us);
	buf_text(out, " localhost ");
	buf_put(out, e->fields[JOURNALD_IDENTIFIER]);
	if (str_number(pid, UINT32_MAX, &number) == ERR_OK)
		buf_printf(out, "[%lu]", (unsigned long)number);
	buf_text(out, ": ");
	buf_put(out, e->message);
	if (str_equal(e->fields[JOURNALD_UID], STR("0")) && is_own_name(e) &&
	    str_number(e->fields[JOURNALD_PID], UINT32_MAX, &number) == ERR_OK)
		*writer = (uint32_t)number;
	return buf_check(out) == ERR_OK;
}

/* journald says itself when it drops messages by its rate limit; nobody else can write this transport. */
static void note_suppressed(struct journald *j, const struct journald_entry *e)
{
	struct str rest = e->message;
	uint64_t count;

	if (!str_equal(e->fields[JOURNALD_TRANSPORT], STR("driver")) || !str_take(&rest, STR("Suppressed ")) ||
	    str_number(str_cut(&rest, ' '), UINT32_MAX, &count) != ERR_OK || !str_take(&rest, STR("messages from ")))
		return;
	j->suppressed += count;
	health_set(j->feed->health, j->slot,
		   "journald dropped %llu messages of %.*s by its rate limit (RateLimitBurst= of journald.conf): what "
		   "they said was not seen",
		   (unsigned long long)count, (int)(rest.len < 64 ? rest.len : 64), rest.data);
}

static void feed_entry(struct journald *j, const struct journald_entry *e)
{
	struct buf line = buf_over(j->line, sizeof(j->line));
	struct input input = {
		.kind = INPUT_LINE,
		.source = CORE_SOURCE_JOURNAL,
		.place = {.inode = j->numbering, .offset = j->seqnum},
	};

	j->entries++;
	j->newest_us = e->realtime_us;
	note_suppressed(j, e);
	if (!journald_believed(e))
		j->not_root++;
	else if (journald_line(e, &line, &input.writer))
		input.bytes = buf_str(&line);
	feed_input(j->feed, &input);
}

/* The file with the lowest next number up to `last`; NULL: none has one. */
static struct journald_open *lowest(struct journald *j, uint64_t last)
{
	struct journald_open *found = NULL;

	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++) {
		struct journald_open *o = &j->open[i];

		if (o->fd < 0)
			continue;
		if (o->next == 0 && journald_file_peek(&o->file, &o->next) == ERR_CORRUPT) {
			health_set(
				j->feed->health, j->slot,
				"a journal file is damaged: the rest of it was not read; journalctl --verify names it");
			j->damaged++;
			close_file(j, o);
			continue;
		}
		if (o->next && (o->past || o->next <= last) && (!found || o->next < found->next))
			found = o;
	}
	return found;
}

/* The highest number that every file can be read up to. Headers are looked at twice: journald writes one file after
 * the other, so what had this number in the first round is in its file by the second. */
static uint64_t refresh(struct journald *j)
{
	uint64_t last = 0;

	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++) {
			struct journald_open *o = &j->open[i];

			if (o->fd < 0 || journald_file_refresh(&o->file) != ERR_OK)
				continue;
			if (round == 0 && o->file.tail_seqnum > last && is_ours(j, o))
				last = o->file.tail_seqnum;
		}
	return last;
}

/* A message that was not read may have been a log-in, so it is said, and which option reads it. */
static void note_foreign(struct journald *j, const struct journald_file *f)
{
	if ((f->foreign & ~j->foreign) == 0)
		return;
	j->foreign |= f->foreign;
	health_set(j->feed->health, j->slot,
		   "the journal has messages compressed by %s, which this build does not read: what they said was not "
		   "seen; it takes a build with SOURCE_JOURNAL_%s",
		   f->foreign & JOURNALD_XZ ? "XZ" : "LZ4", f->foreign & JOURNALD_XZ ? "XZ" : "LZ4");
}

static void close_read(struct journald *j)
{
	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++) {
		struct journald_open *o = &j->open[i];

		if (o->fd >= 0 && (o->past || o->file.archived) && o->file.at.taken >= o->file.entries)
			close_file(j, o);
	}
}

static bool turn(void *state)
{
	struct journald *j = state;
	struct journald_entry e = {0};
	unsigned taken = 0;

	if (j->dir < 0 || feed_is_behind(j->feed))
		return false;
	if (j->rescan)
		scan(j, false);
	learn_numbering(j);
	uint64_t last = refresh(j);

	for (; taken < JOURNALD_TURN; taken++) {
		struct journald_open *o = lowest(j, last);

		if (!o)
			break;
		o->next = 0;
		enum err err = journald_file_next(&o->file, &e);

		note_foreign(j, &o->file);
		if (err != ERR_OK)
			continue;
		if (j->seqnum && e.seqnum > j->seqnum + 1 && o->file.at.taken == 1)
			j->vacuumed += e.seqnum - j->seqnum - 1;
		/* Behind journald's own restart, a user's file may go on with smaller numbers for a while. */
		if (!o->past && e.seqnum > j->seqnum)
			j->seqnum = e.seqnum;
		feed_entry(j, &e);
	}
	close_read(j);
	/* A file that found no room waits for one that is read to its end, or for the next event. */
	return taken == JOURNALD_TURN || (taken && j->rescan);
}

static bool resumes(const void *state)
{
	const struct journald *j = state;

	for (unsigned i = 0; j->dir >= 0 && i < JOURNALD_FILES_MAX; i++)
		if (j->open[i].fd >= 0 && j->open[i].file.at.taken < j->open[i].file.entries)
			return !feed_is_behind(j->feed);
	return false;
}

static void readable(uv_poll_t *poll, int status, int events)
{
	struct journald *j = poll->data;
	_Alignas(struct inotify_event) char bytes[EVENTS_BYTES];
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = read(j->watch, bytes, sizeof(bytes))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *event = (const struct inotify_event *)(bytes + at);

			at += (ssize_t)(sizeof(*event) + event->len);
			j->rescan |= event->mask & (IN_CREATE | IN_MOVED_TO | IN_Q_OVERFLOW) ? true : false;
			if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF))
				health_set(j->feed->health, j->slot,
					   "the journal's directory was removed: the guard must be restarted to read "
					   "the new one");
		}
	j->rescan |= j->young;
	if (turn(j))
		feed_again(j->feed);
}

static bool wanted(const struct settings *settings)
{
	return settings->journal;
}

static void open_journal(void *state, const struct source_given *given)
{
	struct journald *j = state;

	j->feed = given->feed;
	j->slot = given->slot;
	j->dir = given->fd;
	j->watch = given->feed->has_fd(CORE_FD_JOURNAL_WATCH) ? CORE_FD_JOURNAL_WATCH : -1;
	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++)
		j->open[i].fd = -1;
	if (j->dir < 0 || j->watch < 0) {
		j->dir = -1;
		health_set(j->feed->health, j->slot,
			   "caltropd could not open the journal: is there one below "
			   "/var/log/journal or /run/log/journal?");
		return;
	}
	j->poll.data = j;
	feed_poll(j->feed, &j->poll, j->watch, readable);
}

static void start(void *state)
{
	struct journald *j = state;
	struct core_place place;

	if (j->dir < 0)
		return;
	j->known = core_place(j->feed->core, CORE_SOURCE_JOURNAL, &place);
	if (j->known) {
		j->numbering = place.inode;
		j->seqnum = place.offset;
	}
	scan(j, true);
	learn_numbering(j);
	if (turn(j))
		feed_again(j->feed);
}

static void counters(const void *state, struct core_shell_health *out)
{
	const struct journald *j = state;
	uint64_t not_unpacked = j->not_unpacked, damaged = j->damaged;

	for (unsigned i = 0; i < JOURNALD_FILES_MAX && j->dir >= 0; i++)
		if (j->open[i].fd >= 0) {
			not_unpacked += j->open[i].file.not_unpacked;
			damaged += j->open[i].file.damaged;
		}
	health_count(out, "journal_entries", j->entries);
	health_count(out, "journal_newest_age_s", feed_age_s(j->newest_us));
	health_count(out, "journal_not_root", j->not_root);
	health_count(out, "journal_not_unpacked", not_unpacked);
	health_count(out, "journal_damaged", damaged);
	health_count(out, "journal_vacuumed", j->vacuumed);
	health_count(out, "journal_suppressed", j->suppressed);
}

const struct source_row journald_row = {
	.name = "journal",
	.fd = CORE_FD_JOURNAL,
	.size = sizeof(struct journald),
	.wanted = wanted,
	.open = open_journal,
	.start = start,
	.turn = turn,
	.resumes = resumes,
	.counters = counters,
};
