/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting and handing out. The core's socket comes first in every round, because a ban may be in it; upkeep follows.
 * There is no periodic wake-up: the timer is set to the next thing that is due.
 */
#include "agent/actor/loop.h"

#include "agent/actor/hup.h"
#include "agent/actor/journal_live.h"
#include "agent/actor/life.h"
#include "agent/actor/request.h"
#include "agent/actor/sys/exposure_open.h"
#include "agent/actor/sys/opened.h"
#include "agent/actor/trustee.h"
#include "agent/actor/tuner.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/secrets.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define MESSAGES_A_ROUND 64		   /* of the core, before others get their turn */
#define OWNER_STEPS 64u			   /* in a round; a tenth of a millisecond */
#define OUTBOX_BUSY (ACTOR_OUTBOX_MAX / 2) /* with this many receipts waiting the core has to */
#define STOP_MAX_US (3 * SECOND_US)

enum slot {
	SLOT_CORE,
	SLOT_SIGNAL,
	SLOT_TIMER,
	SLOT_WORKER,
	SLOT_TRUST,
	SLOT_MEANS, /* and following: MEANS_FDS_MAX for each of a->means */
	SLOTS = SLOT_MEANS + MEANS_MAX * MEANS_FDS_MAX
};

struct loop {
	struct pollfd fds[SLOTS];
	int64_t armed_us; /* what the timer is set to */
	int64_t stop_us;  /* when stopping: until when the core has time, else 0 */
	bool stop;
	int status; /* with which the program ends */
};

static void sync_journal(struct actor *a)
{
	struct worker_job job = {.kind = WORKER_SYNC, .fd = a->journal.fd};

	if (!a->journal.dirty || a->worker.syncing > 0)
		return;
	a->journal.dirty = false;
	if (!worker_submit(&a->worker, &job))
		a->journal.dirty = true;
}

/* A core that does not keep to the protocol is captured or broken; either way it starts afresh. */
static void distrust(struct actor *a, enum err err)
{
	bool asked = a->child.asked;

	if (err != ERR_CLOSED)
		say(SAY_ERR, "the core broke the protocol; restarting it");
	child_end(&a->child, true);
	/* One that is at its end closes its socket first, and has not heard us: how it ended is still to be said. */
	if (err == ERR_CLOSED)
		a->child.asked = asked;
	a->ready = false;
	if (a->child.socket >= 0)
		close(a->child.socket);
	a->child.socket = -1;
}

static bool hears_core(const struct actor *a)
{
	return a->child.socket >= 0 && a->outbox_count < OUTBOX_BUSY && a->held.header.type == 0;
}

static void read_core(struct actor *a)
{
	static _Alignas(8) uint8_t message[sizeof(struct actor_trust) + 8]; /* of the longest one */

	for (unsigned i = 0; i < MESSAGES_A_ROUND && hears_core(a); i++) {
		ssize_t got = recv(a->child.socket, message, sizeof(message), MSG_DONTWAIT | MSG_TRUNC);
		enum err err = ERR_CLOSED;

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got > 0)
			err = (size_t)got <= sizeof(message) ? request_handle(a, message, (size_t)got) : ERR_PROTOCOL;
		if (err != ERR_OK)
			distrust(a, err);
	}
}

/* By itself: nobody killed it. */
static bool has_crashed(int status)
{
	static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGSYS};

	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == signals[i])
			return true;
	return WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

/* In words, for people. */
static void how_it_ended(int status, char how[LIFE_HOW_MAX])
{
	if (WIFSIGNALED(status))
		snprintf(how, LIFE_HOW_MAX, "was ended by signal %d", WTERMSIG(status));
	else
		snprintf(how, LIFE_HOW_MAX, "ended with status %d", WEXITSTATUS(status));
}

static void stop_for_good(struct loop *l)
{
	l->stop = true;
	l->stop_us = clock_mono_us();
	l->status = EX_SOFTWARE;
}

static void reap(struct actor *a, struct loop *l)
{
	char how[LIFE_HOW_MAX];
	bool by_itself;
	int status;

	if (IS_ENABLED(CONFIG_SOURCE_EXPOSURE) && exposure_open_reap()) {
		/* Orders first: they take what it found, or begin the round that they wait for. */
		act_hurry(a);
		act_continue(a, clock_mono_us());
		exposure_open_owed(a->child.fds[CORE_FD_SETTINGS]);
	}
	if (a->child.pid == 0 || waitpid(a->child.pid, &status, WNOHANG) != a->child.pid)
		return;
	how_it_ended(status, how);
	if (WIFSIGNALED(status) ? !a->child.asked : WEXITSTATUS(status) != 0)
		say(SAY_ERR, "the core %s", how);
	if (has_crashed(status) && reading_crashed(&a->reading))
		say(SAY_ERR, "the core ended twice while it read the same line, which is skipped from now on");
	if (!a->child.asked && has_crashed(status) && life_crashed(a, how, clock_mono_us()))
		stop_for_good(l);
	by_itself = !a->child.asked;
	child_gone(&a->child, clock_mono_us());
	actor_core_gone(a, IS_ENABLED(CONFIG_UPLINK) && proof_core_gone(a));
	if (IS_ENABLED(CONFIG_SOURCE_SOCKET))
		owners_forget(&a->owners);
	if (IS_ENABLED(CONFIG_UPLINK))
		run_core_gone(a);
	if (IS_ENABLED(CONFIG_TUNING) && by_itself && !l->stop)
		tuner_crashed(a, how);
}

static void read_signals(struct actor *a, struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->fds[SLOT_SIGNAL].fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			reap(a, l);
		} else if (info.ssi_signo == SIGHUP) {
			(void)hup_reload(a);
		} else if (!l->stop) {
			l->stop = true;
			l->stop_us = clock_mono_us() + STOP_MAX_US;
			life_stopping();
			child_end(&a->child, false);
		}
	}
}

static void send_head(struct actor *a, const struct worker_result *result)
{
	union actor_message m;

	memset(&m, 0, sizeof(m));
	if (proof_signed(a, result, &m.head))
		actor_send(a, &m);
}

static void read_worker(struct actor *a)
{
	struct worker_result result;

	while (worker_take(&a->worker, &result)) {
		if (result.kind == WORKER_SYNC) {
			if (result.err != ERR_OK)
				actor_note_journal(a, (enum err)result.err);
		} else if (IS_ENABLED(CONFIG_UPLINK) && result.kind == WORKER_SIGN) {
			send_head(a, &result);
		} else if (IS_ENABLED(CONFIG_OBJECTS) && result.kind == WORKER_OBJECT) {
			objects_put_done(a, &result);
		} else {
			secrets_add(a, &result);
		}
		key_wipe(&result, sizeof(result));
	}
}

static void read_trust(struct actor *a, int fd)
{
	_Alignas(8) char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
	if (!IS_ENABLED(CONFIG_UPLINK))
		return;
	trustee_refresh(a);
	proof_renew(a);
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->renew)
			a->means[i]->renew(a);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Little at a time, because a ban may come meanwhile. */
static void look_for_owners(struct actor *a)
{
	int64_t now_us = clock_mono_us();
	union actor_message m;

	for (unsigned i = 0; i < OWNER_STEPS && a->outbox_count < OUTBOX_BUSY; i++)
		if (owners_step(&a->owners, now_us, &m.owner_answer))
			actor_send(a, &m);
}

static void arm_timer(struct actor *a, struct loop *l)
{
	int64_t next_us = earlier(act_next_us(a), a->child.again_us);
	struct itimerspec spec = {{0, 0}, {0, 0}};

	next_us = earlier(next_us, effect_next_us(a));
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->next_us)
			next_us = earlier(next_us, a->means[i]->next_us(a));
	if (IS_ENABLED(CONFIG_UPLINK))
		next_us = earlier(next_us, proof_next_us(a));
	if (IS_ENABLED(CONFIG_SOURCE_SOCKET) && a->outbox_count < OUTBOX_BUSY)
		next_us = earlier(next_us, owners_next_us(&a->owners, clock_mono_us()));
	if (IS_ENABLED(CONFIG_TUNING))
		next_us = earlier(next_us, tuner_next_us(a));
	next_us = earlier(next_us, life_next_us(a));
	if (l->stop)
		next_us = earlier(next_us, l->stop_us);
	if (next_us == l->armed_us)
		return;
	l->armed_us = next_us;
	if (next_us != INT64_MAX) {
		int64_t at_us = next_us > 1 ? next_us : 1;

		spec.it_value.tv_sec = (time_t)(at_us / SECOND_US);
		spec.it_value.tv_nsec = (long)(at_us % SECOND_US * 1000);
	}
	(void)timerfd_settime(l->fds[SLOT_TIMER].fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void start_core(struct actor *a, int64_t now_us)
{
	if (a->child.starts > 0)
		opened_anew(&a->settings, a->child.fds);
	reading_start(&a->reading);
	life_started(now_us);
	if (child_start(&a->child, now_us) != ERR_OK)
		say(SAY_ERR, "cannot start the core: %s", strerror(errno));
}

static void tick(struct actor *a, struct loop *l)
{
	int64_t now_us = clock_mono_us();

	if (l->stop && now_us >= l->stop_us)
		child_end(&a->child, true);
	if (!l->stop && a->child.again_us <= now_us)
		start_core(a, now_us);
	life_tick(a, now_us);
	act_continue(a, now_us);
	if (IS_ENABLED(CONFIG_UPLINK))
		run_continue(a);
	if (IS_ENABLED(CONFIG_PLAYBOOKS)) {
		playbooks_recheck(a);
		play_continue(a);
	}
	if (IS_ENABLED(CONFIG_IMMUNITY))
		immunity_recheck(a);
	if (IS_ENABLED(CONFIG_TUNING) && !l->stop)
		tuner_continue(a, now_us);
	effect_tick(a, now_us);
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->tick)
			a->means[i]->tick(a, now_us);
	if (IS_ENABLED(CONFIG_UPLINK))
		proof_continue(a, now_us);
	if (IS_ENABLED(CONFIG_SOURCE_SOCKET))
		look_for_owners(a);
}

/* The descriptors of the means; slots that are not in use have none. */
static void dispatch_means(struct actor *a, const struct loop *l)
{
	for (unsigned i = 0; i < a->means_count * MEANS_FDS_MAX; i++)
		if (l->fds[SLOT_MEANS + i].revents)
			a->means[i / MEANS_FDS_MAX]->ready(a, i % MEANS_FDS_MAX);
}

static void dispatch(struct actor *a, struct loop *l)
{
	uint64_t expirations;

	if (l->fds[SLOT_CORE].revents)
		read_core(a);
	dispatch_means(a, l);
	if (l->fds[SLOT_SIGNAL].revents)
		read_signals(a, l);
	if (l->fds[SLOT_WORKER].revents)
		read_worker(a);
	if (l->fds[SLOT_TRUST].revents)
		read_trust(a, l->fds[SLOT_TRUST].fd);
	if (l->fds[SLOT_TIMER].revents && read(l->fds[SLOT_TIMER].fd, &expirations, sizeof(expirations)) > 0)
		l->armed_us = 0;
	tick(a, l);
	if (actor_flush(a) == ERR_OK)
		request_continue(a);
	actor_send_health(a);
	sync_journal(a);
	/* A rewrite takes milliseconds, so only when nothing else is to be done. */
	if (journal_wants_rewrite(&a->journal) && a->worker.syncing == 0)
		actor_note_journal(a, journal_live(a));
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_trust_watch(const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0)
		(void)inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
	return fd;
}

/* What is not there has -1, which poll(2) skips. */
static void refresh_slots(const struct actor *a, struct loop *l)
{
	l->fds[SLOT_CORE] = (struct pollfd){a->child.socket, hears_core(a) ? POLLIN : 0, 0};
	if (a->outbox_count > 0 || a->effects_to_send > 0 || a->held.header.type != 0)
		l->fds[SLOT_CORE].events |= POLLOUT;
	for (unsigned i = 0; i < a->means_count * MEANS_FDS_MAX; i++) {
		const struct means *means = a->means[i / MEANS_FDS_MAX];

		l->fds[SLOT_MEANS + i] = (struct pollfd){means->fd ? means->fd(a, i % MEANS_FDS_MAX) : -1, POLLIN, 0};
	}
}

int loop_serve(struct actor *a)
{
	struct loop l = {.armed_us = 0, .status = EX_OK};

	for (unsigned i = 0; i < SLOTS; i++)
		l.fds[i] = (struct pollfd){-1, POLLIN, 0};
	l.fds[SLOT_SIGNAL].fd = open_signals();
	l.fds[SLOT_TIMER].fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	l.fds[SLOT_WORKER].fd = a->worker.results;
	l.fds[SLOT_TRUST].fd = open_trust_watch(a->trust_path);
	a->child.again_us = 0;
	tick(a, &l);
	while (!l.stop || a->child.pid != 0) {
		refresh_slots(a, &l);
		arm_timer(a, &l);
		if (poll(l.fds, SLOTS, -1) < 0 && errno != EINTR)
			break;
		dispatch(a, &l);
	}
	return l.status;
}
