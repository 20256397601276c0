/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: passes what systemd-logind's files say, or where there are none, the records of wtmp, and those of btmp.
 * Never decides what a session is: the sensor reads the bytes.
 */
#include "agent/actor/lookout/lookout_part.h"
#include "agent/actor/lookout/lookout_socket.h"
#include "agent/base/now.h"
#include "agent/base/regular.h"
#include "agent/base/str.h"
#include "agent/common/lookout_sample.h"
#include "agent/event/session.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#define LOGIND_DIR "/run/systemd/sessions"
#define LOG_DIR "/var/log"
#define DATABASE "/var/lib/wtmpdb/wtmp.db"
#define RECORDS_A_TURN 64u
#define RECORD_BYTES sizeof(struct utmpx)
#define MORE_US (10 * MS_US) /* until the next records of a file that grows faster */

/* A file of records that only grows, until it is rotated. */
struct tail {
	const char *name; /* in LOG_DIR */
	uint8_t kind;	  /* enum lookout_session_kind */
	int wd;		  /* -1: none */
	ino_t ino;
	off_t at; /* what is before was passed on */
};

static struct {
	int inotify;
	int logind_wd, run_wd, log_wd; /* -1: none */
	struct tail tails[2];
	int64_t more_us; /* when to read on; INT64_MAX: no need */
	uint64_t lost;	 /* samples for which the core had no room */
	struct lookout_session_state sent;
} sessions;

static bool is_watched(int wd)
{
	return wd >= 0;
}

static bool by_logind(void)
{
	return is_watched(sessions.logind_wd);
}

static bool pass(uint8_t kind, bool known, struct str bytes)
{
	char sample[sizeof(struct lookout_session) + LOOKOUT_SESSION_BYTES];
	const struct lookout_session head = {LOOKOUT_SAMPLE_VERSION, LOOKOUT_SESSION, kind, known};

	bytes = str_sub(bytes, 0, LOOKOUT_SESSION_BYTES);
	memcpy(sample, &head, sizeof(head));
	memcpy(sample + sizeof(head), bytes.data, bytes.len);
	if (lookout_socket_send(sample, sizeof(head) + bytes.len))
		return true;
	sessions.lost += kind != LOOKOUT_SESSION_STATE;
	return false;
}

static void pass_state(void)
{
	struct lookout_session_state s = {.by = SESSION_SOURCE_NONE, .lost = sessions.lost};

	if (by_logind())
		s.by = SESSION_SOURCE_LOGIND;
	else if (is_watched(sessions.tails[0].wd))
		s.by = SESSION_SOURCE_WTMP;
	s.database = access(DATABASE, F_OK) == 0;
	s.version = LOOKOUT_SAMPLE_VERSION; /* so that nothing sent yet differs */
	if (memcmp(&s, &sessions.sent, sizeof(s)) != 0 &&
	    pass(LOOKOUT_SESSION_STATE, false, (struct str){(const char *)&s, sizeof(s)}))
		sessions.sent = s;
}

/* What logind says of a session: its name, NUL, and the file. Other names are of its FIFOs and unfinished files. */
static void pass_logind(const char *name, bool known)
{
	char path[sizeof(LOGIND_DIR) + NAME_MAX + 2], bytes[LOOKOUT_SESSION_BYTES];
	size_t len = strlen(name) + 1;
	ssize_t got;
	int fd;

	if (strchr(name, '.') || strchr(name, '#') || len > 32)
		return;
	snprintf(path, sizeof(path), "%s/%s", LOGIND_DIR, name);
	if (regular_open(AT_FDCWD, path, O_RDONLY, &fd) != ERR_OK)
		return;
	memcpy(bytes, name, len);
	got = read(fd, bytes + len, sizeof(bytes) - len);
	close(fd);
	if (got > 0)
		pass(LOOKOUT_SESSION_LOGIND, known, (struct str){bytes, len + (size_t)got});
}

static void pass_present_logind(void)
{
	DIR *dir = opendir(LOGIND_DIR);
	const struct dirent *entry;

	for (unsigned i = 0; dir && i < 1024 && (entry = readdir(dir)) != NULL; i++)
		pass_logind(entry->d_name, true);
	if (dir)
		closedir(dir);
}

/* utmp has one record for each terminal. */
static void pass_present_utmp(void)
{
	char record[RECORD_BYTES];
	int fd;

	if (regular_open(AT_FDCWD, "/run/utmp", O_RDONLY, &fd) != ERR_OK)
		return;
	for (unsigned i = 0; i < 1024 && read(fd, record, sizeof(record)) == (ssize_t)sizeof(record); i++)
		pass(LOOKOUT_SESSION_RECORD, true, (struct str){record, sizeof(record)});
	close(fd);
}

static void pass_present(void)
{
	if (by_logind())
		pass_present_logind();
	else
		pass_present_utmp();
}

static void watch_logind(void)
{
	if (by_logind())
		return;
	sessions.logind_wd = inotify_add_watch(sessions.inotify, LOGIND_DIR, IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE);
	/* It may come later in a boot. */
	if (!by_logind())
		sessions.run_wd = inotify_add_watch(sessions.inotify, "/run/systemd", IN_CREATE | IN_ONLYDIR);
}

static int open_tail(const struct tail *t, struct stat *st)
{
	char path[sizeof(LOG_DIR) + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", LOG_DIR, t->name);
	if (regular_open(AT_FDCWD, path, O_RDONLY, &fd) != ERR_OK)
		return -1;
	if (fstat(fd, st) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Follow the file that has the name now: from its begin on, unless it is the first one. */
static void follow(struct tail *t, bool first)
{
	struct stat st;
	char link[32];
	int fd = open_tail(t, &st);

	if (fd < 0 || st.st_ino == t->ino) {
		if (fd >= 0)
			close(fd);
		return;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	t->wd = inotify_add_watch(sessions.inotify, link, IN_MODIFY);
	t->ino = st.st_ino;
	t->at = first ? st.st_size : 0;
	close(fd);
}

/* Pass whole records on. Those of wtmp are none where logind tells the same. */
static void read_on(struct tail *t, int64_t now_us)
{
	char record[RECORD_BYTES];
	struct stat st;
	int fd = open_tail(t, &st);
	unsigned i;

	if (fd < 0)
		return;
	if (st.st_ino != t->ino || st.st_size < t->at)
		t->at = 0;
	for (i = 0; i < RECORDS_A_TURN && pread(fd, record, sizeof(record), t->at) == (ssize_t)sizeof(record); i++) {
		t->at += (off_t)sizeof(record);
		if (t->kind != LOOKOUT_SESSION_RECORD || !by_logind())
			pass(t->kind, false, (struct str){record, sizeof(record)});
	}
	if (i == RECORDS_A_TURN)
		sessions.more_us = now_us + MORE_US;
	close(fd);
}

static void handle(const struct inotify_event *e, int64_t now_us)
{
	const char *name = e->len ? e->name : "";

	if (e->wd == sessions.logind_wd) {
		if (e->mask & IN_DELETE)
			pass(LOOKOUT_SESSION_GONE, false, str_from(name));
		else if (e->mask & IN_IGNORED)
			sessions.logind_wd = -1;
		else
			pass_logind(name, false);
	} else if (e->wd == sessions.run_wd && strcmp(name, "sessions") == 0) {
		watch_logind();
		pass_present();
	}
	for (unsigned i = 0; i < 2; i++) {
		struct tail *t = &sessions.tails[i];

		if (e->wd == sessions.log_wd && strcmp(name, t->name) == 0)
			follow(t, false);
		else if (e->wd != t->wd)
			continue;
		read_on(t, now_us);
	}
}

static void turn(int64_t now_us)
{
	_Alignas(8) char memory[4096];
	const struct inotify_event *e;
	ssize_t got;

	if (sessions.more_us <= now_us) {
		sessions.more_us = INT64_MAX;
		for (unsigned i = 0; i < 2; i++)
			read_on(&sessions.tails[i], now_us);
	}
	while ((got = read(sessions.inotify, memory, sizeof(memory))) > 0)
		for (char *at = memory; at < memory + got; at += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)(const void *)at;
			handle(e, now_us);
		}
	pass_state();
}

static void begin(void)
{
	sessions.tails[0] = (struct tail){.name = "wtmp", .kind = LOOKOUT_SESSION_RECORD, .wd = -1};
	sessions.tails[1] = (struct tail){.name = "btmp", .kind = LOOKOUT_SESSION_REFUSED, .wd = -1};
	sessions.logind_wd = sessions.run_wd = -1;
	sessions.more_us = INT64_MAX;
	watch_logind();
	sessions.log_wd = inotify_add_watch(sessions.inotify, LOG_DIR, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	for (unsigned i = 0; i < 2; i++)
		follow(&sessions.tails[i], true);
	pass_present();
	pass_state();
}

static int64_t next_us(void)
{
	return sessions.more_us;
}

static void again(void)
{
	memset(&sessions.sent, 0, sizeof(sessions.sent));
	pass_present();
}

static void fds_of(int fds[LOOKOUT_FDS_MAX])
{
	fds[0] = sessions.inotify;
	fds[1] = -1;
}

static bool wanted(const struct settings *settings)
{
	return settings->sessions;
}

static void open_sessions(const struct settings *settings)
{
	(void)settings;
	sessions.inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

const struct lookout_part lookout_sessions_part = {
	.wanted = wanted,
	.open = open_sessions,
	.begin = begin,
	.fds = fds_of,
	.next_us = next_us,
	.turn = turn,
	.again = again,
};
