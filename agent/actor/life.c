/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that hangs bans nobody, so it has to say now and then that it does not. It is doubted first and killed later:
 * while the machine slept neither spoke, and the timer that wakes us may ring before the core's.
 */
#include "agent/actor/life.h"

#include "agent/base/manager.h"
#include "agent/base/say.h"

#include <stdio.h>
#include <string.h>

#define START_US (30 * SECOND_US) /* a core may take before it serves: for a lock, and for what it has saved */
#define SHORT_US MINUTE_US	  /* a core that crashes within this time of its start has not got far */

static struct {
	int64_t heard_us;   /* when the core last said that it is alive, or was started */
	int64_t doubted_us; /* since when it is silent for too long; 0: it is not */
	int64_t alive_us;   /* when the manager heard of us */
	unsigned crashes;   /* in a row */
	bool serves;	    /* this core */
	bool has_served;    /* some core */
	bool stops;
} life;

void life_open(void)
{
	if (IS_ENABLED(CONFIG_NOTIFY))
		manager_open();
}

void life_started(int64_t mono_us)
{
	life.heard_us = mono_us;
	life.doubted_us = 0;
	life.serves = false;
}

void life_alive(int64_t mono_us)
{
	life.heard_us = mono_us;
	life.doubted_us = 0;
	if (!life.serves && IS_ENABLED(CONFIG_NOTIFY))
		manager_ready("on guard; `caltrop local status` says more");
	life.serves = life.has_served = true;
}

bool life_crashed(const struct actor *a, const char *how, int64_t mono_us)
{
	unsigned most = life.has_served ? LIFE_CRASHES_MAX : LIFE_FIRST_CRASHES_MAX;
	char text[64 + LIFE_HOW_MAX];

	life.crashes = mono_us - a->child.started_us < SHORT_US ? life.crashes + 1 : 1;
	snprintf(text, sizeof(text), "the core crashed %u times in a row; the last one %s", life.crashes, how);
	if (IS_ENABLED(CONFIG_NOTIFY))
		manager_status(text);
	if (life.crashes < most)
		return false;
	/* Isolations, locks and suspensions end by us alone; bans end in the kernel. */
	if (a->ledger.more_count > 0) {
		if (life.crashes == most)
			say(SAY_ERR, "%s; caltropd goes on, since there are effects to be taken back", text);
		return false;
	}
	say(SAY_ERR, "%s: caltropd ends, bans in the kernel stay", text);
	say(SAY_ERR,
	    "lines that end the core are kept in %s/core/skipped_lines; move %s/core away if what is saved there does, "
	    "report it, and start caltropd again",
	    a->settings.state_dir, a->settings.state_dir);
	return true;
}

void life_reloading(void)
{
	life.crashes = 0;
	if (IS_ENABLED(CONFIG_NOTIFY))
		manager_reloading();
}

void life_kept(void)
{
	if (IS_ENABLED(CONFIG_NOTIFY))
		manager_ready("the settings have mistakes, so those of before are in use");
}

void life_stopping(void)
{
	life.stops = true;
	if (IS_ENABLED(CONFIG_NOTIFY))
		manager_stopping();
}

/* How long the core may be silent. */
static int64_t silence_us(const struct actor *a)
{
	int64_t hang_us = a->settings.hang_s * SECOND_US;

	return !life.serves && hang_us < START_US ? START_US : hang_us;
}

static int64_t core_due_us(const struct actor *a)
{
	if (a->child.pid == 0 || life.stops)
		return INT64_MAX;
	return life.doubted_us ? life.doubted_us + silence_us(a) / 3 : life.heard_us + silence_us(a) / 3 * 2;
}

/* Twice as often as it asks for: sd_watchdog_enabled(3). */
static int64_t manager_due_us(void)
{
	if (!IS_ENABLED(CONFIG_NOTIFY) || manager_watchdog_us() == 0)
		return INT64_MAX;
	return life.alive_us + manager_watchdog_us() / 2;
}

int64_t life_next_us(const struct actor *a)
{
	int64_t core_us = core_due_us(a), manager_us = manager_due_us();

	return core_us < manager_us ? core_us : manager_us;
}

static void look_at_core(struct actor *a, int64_t mono_us)
{
	if (life.doubted_us == 0) {
		life.doubted_us = mono_us;
		return;
	}
	say(SAY_ERR, "the core has not turned its loop for %lld s: it hangs, so it is killed and started again",
	    (long long)((mono_us - life.heard_us) / SECOND_US));
	child_end(&a->child, true);
	/* Until its end is heard of, it is as one that was just started. */
	life_started(mono_us);
}

void life_tick(struct actor *a, int64_t mono_us)
{
	if (mono_us >= core_due_us(a))
		look_at_core(a, mono_us);
	/* A little early, when we are awake anyway. */
	if (manager_due_us() != INT64_MAX && mono_us >= manager_due_us() - manager_watchdog_us() / 8) {
		manager_alive();
		life.alive_us = mono_us;
	}
}
