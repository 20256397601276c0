/* SPDX-License-Identifier: Apache-2.0 */
/* Means: programs that are run for the guard, outside of its confinement (starter/starter.h). */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/means.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"

static void open_programs(struct actor *a)
{
	enum err err;

	a->starter.socket = -1;
	if (a->settings.hook_count + a->settings.credential_count == 0 && !IS_ENABLED(CONFIG_ACTION_SERVICE) &&
	    !IS_ENABLED(CONFIG_ACTION_REBOOT))
		return;
	err = starter_start(&a->starter, &a->settings);
	if (err != ERR_OK)
		say(SAY_ERR, "nothing can run programs for the guard: %s", err_text(err));
}

static int programs_fd(const struct actor *a, unsigned i)
{
	return i == 0 ? a->starter.socket : -1;
}

static void programs_ready(struct actor *a, unsigned i)
{
	(void)i;
	if (starter_read(&a->starter) != ERR_OK)
		say(SAY_ERR, "what runs programs for the guard has ended; it is there again from its next start on");
	act_hurry(a);
	act_continue(a, clock_mono_us());
}

const struct means programs_means = {
	.open = open_programs,
	.fd = programs_fd,
	.ready = programs_ready,
};
