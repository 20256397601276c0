/* SPDX-License-Identifier: Apache-2.0 */
/* Means: files of this machine, of any user, and the folder for those in quarantine. */
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/means.h"
#include "agent/base/say.h"

#include <linux/capability.h>

#define BIT(capability) (UINT64_C(1) << (capability))

static void open_files(struct actor *a)
{
	enum err err = quarantine_open(&a->quarantine, a->state_dir);

	if (err != ERR_OK)
		say(SAY_WARNING, "no folder for files in quarantine: %s", err_text(err));
}

const struct means files_means = {
	/* To move them, to change their modes, and to see which ones the init system runs from. */
	.capabilities = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_SYS_PTRACE),
	.open = open_files,
};
