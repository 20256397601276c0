/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that the service sent, over those of the device's own files. The device's word counts more where it matters:
 * its never_ban is only added to, and a rule of its own that does more than ban or limit cannot be switched on or made
 * to fire sooner from afar. Pure.
 */
#pragma once

#include "agent/common/settings.h"

/*
 * Change *s, a copy of *own, by a tuning (proto/tuning.h). ERR_DENIED: a key or a change that the service has no say
 * in. The errors of settings_read() and settings_check(), and ERR_FULL for never_ban. After an error *s is of no use;
 * error->text is a phrase that names the key.
 */
ERR_CHECK enum err settings_tune(struct settings *s, const struct settings *own, struct str text,
				 struct ini_error *error);
