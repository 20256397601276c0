/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reads what the kernel tells of directories, looks at the files, and sends what changed. */
#include "agent/actor/lookout/lookout_accounts.h"
#include "agent/actor/lookout/lookout_baseline.h"
#include "agent/actor/lookout/lookout_files.h"
#include "agent/actor/lookout/lookout_news.h"
#include "agent/actor/lookout/lookout_part.h"
#include "agent/actor/lookout/lookout_socket.h"
#include "agent/actor/lookout/lookout_update.h"
#include "agent/base/budget.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <unistd.h>

#define INIT_FLAGS 0xc03u /* FAN_CLOEXEC, FAN_NONBLOCK, FAN_REPORT_DFID_NAME */
#define EVENT_BYTES 8192
#define ACCOUNTS_DIR "/etc"
#define CHANGES_MAX 300u	    /* of a group, sent in a minute; of more only how many */
#define SCAN_US (500 * MS_US)	    /* between two scans for directories that came or went */
#define COMPARE_US (10 * SECOND_US) /* between two comparisons of all */
#define SAVE_US (5 * SECOND_US)	    /* from a change until it is in the baseline */
#define SAVES_MAX 60u		    /* an hour, so that a flood of changes does not wear flash out */

static struct watch {
	const struct settings *settings;
	char why[96];
	struct lookout_wants wants;
	struct lookout_dirs dirs;
	struct lookout_files files;
	struct lookout_queue queue;
	/* So that a user's changes in his own home silence no others, and none what becomes unreadable. */
	struct budget budgets[FILE_GROUPS], scrambled;
	struct lookout_state sent;
	uint64_t missed;
	bool nameless;		     /* an event of fanotify named no process */
	int64_t scan_us, compare_us; /* when; INT64_MAX: no need */
	int64_t save_us;
	struct budget saves;
	enum err saved;			 /* what became of the last baseline */
	int64_t scanned_us, compared_us; /* when that was done last */
} watch;				 /* zeros, so that it takes no room in the program */

static void open_fanotify(void)
{
	struct lookout_dirs *d = &watch.dirs;

	d->fanotify = fanotify_init(INIT_FLAGS, O_RDONLY | O_CLOEXEC | O_LARGEFILE);
	if (d->fanotify < 0)
		snprintf(watch.why, sizeof(watch.why), "fanotify: %s",
			 errno == EINVAL ? "not before Linux 5.9" : strerror(errno));
	else
		snprintf(watch.why, sizeof(watch.why), "their file systems have no file handles");
}

/* A change of an account is made by whoever changed the file. */
static void send_account(const void *context, const struct lookout_account *change)
{
	const union lookout_change *file = context;
	const struct lookout_file *h = &file->head;
	union {
		struct lookout_account head;
		char bytes[sizeof(struct lookout_account) + LOOKOUT_PATH_MAX];
	} sample = {.head = *change};

	sample.head.pid = h->pid;
	sample.head.uid = h->uid;
	sample.head.flags = h->flags & (LOOKOUT_IDS | LOOKOUT_UPDATE | LOOKOUT_MAINTENANCE);
	memcpy(sample.bytes + sizeof(sample.head), file->bytes + sizeof(*h) + h->path_len, h->exe_len);
	if (!lookout_socket_send(&sample, sizeof(sample.head) + h->exe_len))
		watch.missed++;
}

static void send_change(void *context, const union lookout_change *change, size_t len)
{
	const struct lookout_accounts_sink accounts = {send_account, change};

	struct budget *budget =
		change->head.action == FILE_SCRAMBLE ? &watch.scrambled : &watch.budgets[change->head.group];

	(void)context;
	if (!budget_spend(budget, clock_mono_us()) || !lookout_socket_send(change, len))
		watch.missed++;
	if (IS_ENABLED(CONFIG_SOURCE_ACCOUNT) &&
	    (change->head.group == FILE_ACCOUNTS || change->head.group == FILE_SUDOERS))
		lookout_accounts_look(ACCOUNTS_DIR, &accounts);
}

static const struct lookout_files_sink sink = {send_change, NULL};

static uint16_t decoys_gone(void)
{
	unsigned there = watch.settings->bait_count ? lookout_files_count(&watch.files, FILE_DECOY) : 0;

	return (uint16_t)(watch.settings->bait_count - there);
}

/* What is watched, when it has changed. */
static void send_state(void)
{
	struct lookout_state s = {.version = LOOKOUT_SAMPLE_VERSION,
				  .sensor = LOOKOUT_FILE,
				  .kind = LOOKOUT_FILE_STATE,
				  .full = watch.files.full || watch.dirs.full,
				  .files = watch.files.known.count,
				  .refused = watch.dirs.refused,
				  .maintenance = lookout_update_maintained(),
				  .unsaved = watch.saved != ERR_OK,
				  .decoys_gone = decoys_gone(),
				  .missed = watch.missed};

	s.dirs = lookout_dirs_count(&watch.dirs, &s.blind);
	if (watch.nameless)
		s.blind = s.dirs;
	snprintf(s.why, sizeof(s.why), "%s",
		 watch.nameless ? "fanotify names no process of another namespace" : watch.why);
	if (memcmp(&s, &watch.sent, sizeof(s)) != 0 && lookout_socket_send(&s, sizeof(s)))
		watch.sent = s;
}

static void look_again(int64_t *due_us, int64_t at_us)
{
	if (at_us < *due_us)
		*due_us = at_us;
}

/* Something was not told, or not noted: all are compared, not too often. */
static void miss(int64_t now_us)
{
	int64_t rested_us = watch.compared_us + COMPARE_US;

	watch.missed++;
	look_again(&watch.compare_us, rested_us > now_us + SECOND_US ? rested_us : now_us + SECOND_US);
}

static void handle(const struct lookout_event *e, int64_t now_us)
{
	struct lookout_dir *dir;
	uint8_t group;

	if (e->told & LOOKOUT_OVERFLOW) {
		miss(now_us);
		return;
	}
	dir = lookout_dirs_of(&watch.dirs, e);
	if (!dir)
		return;
	watch.nameless |= e->wd < 0 && e->pid == 0;
	if (e->told & (LOOKOUT_IS_DIR | LOOKOUT_SELF))
		/* At once, so that what is written into a new directory is told with who did it. */
		look_again(&watch.scan_us, watch.scanned_us + SCAN_US > now_us ? watch.scanned_us + SCAN_US : now_us);
	else if (str_empty(e->name) || !lookout_dirs_wants(&watch.dirs, dir, e->name, &group))
		return;
	else if (!lookout_news_note(&watch.queue, (uint16_t)(dir - watch.dirs.rows), e, now_us))
		miss(now_us);
	else if (group == FILE_ACCOUNTS) /* there may be another home */
		look_again(&watch.scan_us, now_us + SECOND_US);
}

/* Read all that was told until now: what is still being told is for the next turn. */
static void read_events(int fd, bool (*next)(struct view *, struct lookout_event *))
{
	static _Alignas(8) char memory[EVENT_BYTES];
	struct lookout_event e;
	ssize_t got;

	for (unsigned i = 0; fd >= 0 && i < 64 && (got = read(fd, memory, sizeof(memory))) > 0; i++) {
		struct view bytes = view_over(memory, (size_t)got);

		while (next(&bytes, &e))
			handle(&e, clock_mono_us());
	}
}

static void look_at_due(int64_t now_us)
{
	struct lookout_waiting *w;

	while ((w = lookout_news_due(&watch.queue, now_us)) != NULL) {
		struct lookout_dir *dir = &watch.dirs.rows[w->dir];
		struct lookout_news news = {.dir = dir,
					    .name = {w->name, w->name_len},
					    .told = w->told,
					    .source = w->source,
					    .who = w->who.pid ? &w->who : NULL};

		if (dir->used)
			lookout_files_look(&watch.files, &news, &sink);
		lookout_news_end(w, now_us);
	}
}

static void scan(void)
{
	watch.scan_us = INT64_MAX;
	watch.scanned_us = clock_mono_us();
	lookout_dirs_scan(&watch.dirs);
}

/* This program, and the core where `make install` puts it. Empty: not known. */
static void find_own(char self[SETTINGS_PATH_MAX], char core[SETTINGS_PATH_MAX + 32])
{
	ssize_t len = readlink("/proc/self/exe", self, SETTINGS_PATH_MAX - 1);
	struct str prefix;

	self[len > 0 ? len : 0] = core[0] = '\0';
	prefix = str_from(self);
	if (str_take_back(&prefix, STR("/sbin/caltropd")))
		snprintf(core, SETTINGS_PATH_MAX + 32, "%.*s/libexec/caltrop-core", (int)prefix.len, prefix.data);
}

static void save(void)
{
	(void)budget_spend(&watch.saves, clock_mono_us());
	watch.save_us = INT64_MAX;
	watch.files.changed = false;
	watch.saved = lookout_baseline_save(&watch.files, watch.settings->state_dir);
}

static void save_soon(int64_t now_us)
{
	int64_t next_us = budget_next_us(&watch.saves, now_us);

	look_again(&watch.save_us, next_us > now_us + SAVE_US ? next_us : now_us + SAVE_US);
}

/* What is in directories that were watched before is compared with what was there; the rest is as it should be. */
static void compare_with_baseline(void)
{
	scan();
	(void)lookout_baseline_load(&watch.files, watch.settings->state_dir);
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++)
		watch.dirs.rows[i].fresh = !watch.dirs.rows[i].based;
	lookout_files_compare(&watch.files, false, NULL);
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++)
		watch.dirs.rows[i].fresh = watch.dirs.rows[i].based;
	watch.files.by = FILE_SOURCE_RESTART;
	lookout_files_compare(&watch.files, false, &sink);
	watch.files.by = FILE_SOURCE_LOOK;
}

static void begin(void)
{
	char self[SETTINGS_PATH_MAX], core[SETTINGS_PATH_MAX + 32];
	const char *own[2] = {self, watch.settings->core[0] ? watch.settings->core : core};

	find_own(self, core);
	(void)key_random_kernel.fill(NULL, (uint8_t *)&watch.dirs.key, sizeof(watch.dirs.key));
	for (unsigned i = 0; i < FILE_GROUPS; i++)
		budget_init(&watch.budgets[i], CHANGES_MAX, MINUTE_US, clock_mono_us());
	budget_init(&watch.scrambled, CHANGES_MAX, MINUTE_US, clock_mono_us());
	budget_init(&watch.saves, SAVES_MAX, HOUR_US, clock_mono_us());
	lookout_wants_read(&watch.wants, watch.settings, own);
	watch.dirs.wants = &watch.wants;
	watch.dirs.passwd = ACCOUNTS_DIR "/passwd";
	if (IS_ENABLED(CONFIG_SOURCE_ACCOUNT))
		lookout_accounts_look(ACCOUNTS_DIR, NULL);
	watch.compare_us = INT64_MAX;
	lookout_files_init(&watch.files, &watch.dirs);
	compare_with_baseline();
	save();
	send_state();
}

static int64_t next_us(void)
{
	int64_t due_us = lookout_news_next_us(&watch.queue);

	look_again(&due_us, watch.scan_us);
	look_again(&due_us, watch.compare_us);
	look_again(&due_us, watch.save_us);
	return due_us;
}

static void turn(int64_t now_us)
{
	read_events(watch.dirs.fanotify, lookout_events_fanotify);
	read_events(watch.dirs.inotify, lookout_events_inotify);
	look_at_due(now_us);
	if (watch.scan_us <= now_us) {
		scan();
		lookout_files_compare(&watch.files, false, &sink);
	}
	if (watch.compare_us <= now_us) {
		watch.compare_us = INT64_MAX;
		watch.compared_us = now_us;
		lookout_files_compare(&watch.files, true, &sink);
	}
	if (watch.files.changed)
		save_soon(now_us);
	if (watch.save_us <= now_us)
		save();
	send_state();
}

static void fds_of(int fds[LOOKOUT_FDS_MAX])
{
	fds[0] = watch.dirs.fanotify;
	fds[1] = watch.dirs.inotify;
}

static void again(void)
{
	memset(&watch.sent, 0, sizeof(watch.sent));
}

static bool wanted(const struct settings *settings)
{
	return settings->file_watch;
}

static void open_watch(const struct settings *settings)
{
	watch.settings = settings;
	open_fanotify();
	watch.dirs.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

const struct lookout_part lookout_watch_part = {
	.wanted = wanted,
	.open = open_watch,
	.begin = begin,
	.fds = fds_of,
	.next_us = next_us,
	.turn = turn,
	.again = again,
};
