/* SPDX-License-Identifier: Apache-2.0 */
/* Hears of the end of the process that collects, and of the file: whoever removes it changes its number of links. */
#include "agent/actor/verb/collected.h"

#include "agent/actor/sys/bundle_file.h"
#include "agent/actor/sys/collect_open.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/means.h"
#include "agent/base/clock.h"

#include <linux/capability.h>

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static int watch = -1; /* inotify(7) */
static bool hurries;

int collected_dir(const struct actor *a)
{
	return a->child.fds[CORE_FD_STATE];
}

bool collected_id(const struct effect_more *more, uint8_t id[OBJECT_ID])
{
	if (more->undo_len != OBJECT_ID)
		return false;
	memcpy(id, more->undo, OBJECT_ID);
	return true;
}

void collected_watch(const struct actor *a, const uint8_t id[OBJECT_ID])
{
	char name[OBJECT_STAGED_MAX], path[64];

	object_waiting_name(id, name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", collected_dir(a), name);
	(void)inotify_add_watch(watch, path, IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_DONT_FOLLOW);
}

void collected_hurry(bool on)
{
	hurries = on;
}

void collected_look(struct actor *a)
{
	uint8_t id[OBJECT_ID];

	/* From the last, because the last takes the place of one that goes. */
	for (unsigned i = a->ledger.count; i-- > 0;) {
		struct effect *e = &a->ledger.rows[i];

		if (e->verb != VERB_COLLECT)
			continue;
		if (collected_id(ledger_more(&a->ledger, e), id) && bundle_file_is(collected_dir(a), id))
			collected_watch(a, id);
		else
			effect_over(a, e, "what was collected waits no more: it was sent, or removed");
	}
}

static void open_collected(struct actor *a)
{
	watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	bundle_file_drop(collected_dir(a));
}

static int fd_of(const struct actor *a, unsigned i)
{
	(void)a;
	return i == 0 ? collect_open_fd() : watch;
}

static void ready(struct actor *a, unsigned i)
{
	_Alignas(8) char events[1024];

	if (i == 0) {
		collect_open_ready();
		act_hurry(a);
		act_continue(a, clock_mono_us());
		return;
	}
	while (read(watch, events, sizeof(events)) > 0)
		continue;
	collected_look(a);
}

static void tick(struct actor *a, int64_t mono_us)
{
	if (!hurries)
		return;
	/* It says so again at each step: one that has ended, late, must not keep the loop awake. */
	hurries = false;
	act_hurry(a);
	act_continue(a, mono_us);
}

static int64_t next_us(const struct actor *a)
{
	(void)a;
	return hurries ? 0 : INT64_MAX;
}

const struct means collected_means = {
	/* The process that collects looks into others'. */
	.capabilities = UINT64_C(1) << CAP_SYS_PTRACE,
	.open = open_collected,
	.fd = fd_of,
	.ready = ready,
	.tick = tick,
	.next_us = next_us,
};
