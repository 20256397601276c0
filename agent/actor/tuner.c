/* SPDX-License-Identifier: Apache-2.0 */
/* Trials of the service's settings, from their beginning to the one end or the other. Judges no key: tuning.c does. */
#include "agent/actor/tuner.h"

#include "agent/actor/hup.h"
#include "agent/actor/life.h"
#include "agent/base/say.h"

#include <stdio.h>

#define SERVES_US (5 * SECOND_US) /* for how long a core has to serve, besides hearing the service */

void tuner_open(struct actor *a)
{
	struct tuning *t = &a->tuning;
	enum err err = tuning_file_read(a->state_dir, &t->kept);

	a->health.tuning_version = t->kept.version;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		tuning_tell(a, 0, err_text(err));
	else if (t->kept.tried > t->kept.version)
		tuning_tell(a, t->kept.tried, "the guard ended while they were on trial");
	(void)tuning_apply(a, &a->settings);
	/* The guard may have ended before it tried what is in place. */
	a->tuning.arrived = true;
}

/* What was kept before is in force again. An empty `why`: it was told. */
static void go_back(struct actor *a, const char *why)
{
	struct tuning *t = &a->tuning;

	t->on_trial = false;
	if (why[0])
		tuning_tell(a, t->next.version, why);
	(void)hup_reload(a);
}

static void begin(struct actor *a, int64_t mono_us)
{
	struct tuning *t = &a->tuning;
	enum err err = tuning_fetch(a);
	uint64_t before = t->kept.tried;

	t->arrived = false;
	/* There is none, or it was tried, and what became of that is known. */
	if (err == ERR_NOT_FOUND || (err == ERR_OK && t->next.version <= t->kept.tried))
		return;
	t->kept.tried = err == ERR_OK ? t->next.version : before;
	if (err == ERR_OK)
		err = tuning_file_write(a->state_dir, &t->kept);
	if (err != ERR_OK) {
		t->kept.tried = before;
		tuning_tell(a, t->next.version, err_text(err));
		return;
	}
	t->on_trial = true;
	t->heard = false;
	t->starts = a->child.starts;
	t->until_us = mono_us + a->settings.confirm_s * SECOND_US;
	tuning_tell(a, 0, "");
	if (!hup_reload(a))
		go_back(a, "the device's own settings have mistakes");
	else if (a->health.tuning_why[0])
		go_back(a, "");
	else
		say(SAY_NOTICE, "settings of the service, version %llu, are on trial",
		    (unsigned long long)t->next.version);
}

static bool serves(const struct actor *a, int64_t mono_us)
{
	return a->tuning.heard && a->child.pid != 0 && mono_us >= a->child.started_us + SERVES_US;
}

static void keep(struct actor *a)
{
	struct tuning *t = &a->tuning;
	enum err err = tuning_file_write(a->state_dir, &t->next);

	if (err != ERR_OK) {
		go_back(a, err_text(err));
		return;
	}
	t->on_trial = false;
	t->kept = t->next;
	tuning_tell(a, 0, "");
	say(SAY_NOTICE, "settings of the service, version %llu, are kept", (unsigned long long)t->kept.version);
}

void tuner_continue(struct actor *a, int64_t mono_us)
{
	struct tuning *t = &a->tuning;

	if (t->on_trial && serves(a, mono_us))
		keep(a);
	else if (t->on_trial && mono_us >= t->until_us)
		go_back(a, "the service was not heard with them in time");
	if (t->arrived && !t->on_trial)
		begin(a, mono_us);
}

int64_t tuner_next_us(const struct actor *a)
{
	const struct tuning *t = &a->tuning;

	if (!t->on_trial)
		return t->arrived ? 0 : INT64_MAX;
	if (t->heard && a->child.pid != 0 && a->child.started_us + SERVES_US < t->until_us)
		return a->child.started_us + SERVES_US;
	return t->until_us;
}

void tuner_heard(struct actor *a)
{
	struct tuning *t = &a->tuning;

	/* What a core says that was started before proves nothing. */
	if (t->on_trial && a->ready && a->child.starts > t->starts)
		t->heard = true;
}

void tuner_crashed(struct actor *a, const char *how)
{
	char why[LIFE_HOW_MAX + 32];

	if (!a->tuning.on_trial || a->child.starts <= a->tuning.starts)
		return;
	snprintf(why, sizeof(why), "the core %s", how);
	go_back(a, why);
}
