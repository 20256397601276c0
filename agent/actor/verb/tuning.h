/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that the service sent (proto/tuning.h), as an object that order keys signed. They are put over those of the
 * device's own files, first on trial: tuner.h says how one ends. `[objects] tuning = no` in the device's files takes
 * none and uses none.
 */
#pragma once

#include "agent/actor/sys/tuning_file.h"
#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

struct actor;
struct object;
struct objects_given;

struct tuning {
	struct tuning_file kept; /* what is in force when nothing is on trial; its version is told in health */
	struct tuning_file next; /* on trial, if `on_trial` */
	bool arrived;		 /* an object is in place and was not tried yet */
	bool on_trial, heard;	 /* and whether a core that was started with it has heard the service */
	uint32_t starts;	 /* of cores, before the trial */
	int64_t until_us;	 /* the trial's end */
};

/* Whether an object that was fetched may be kept. `why` is a sentence where it may not. */
ERR_CHECK enum err tuning_judge(struct actor *a, const struct objects_given *given, char why[MESSAGE_TEXT_MAX]);

/* It is in place. */
void tuning_arrived(struct actor *a, const struct object *object);

/*
 * Put what is on trial, or else what is kept, over settings that the device's files gave. False: it does not fit them,
 * they are as they were, and health says why.
 */
bool tuning_apply(struct actor *a, struct settings *s);

/* Note for health why the service's settings are not in force; empty: they are. It is said, too. */
void tuning_tell(struct actor *a, uint64_t version, const char *why);

/* Read the object that is in place into a->tuning.next, with its version. */
ERR_CHECK enum err tuning_fetch(struct actor *a);
