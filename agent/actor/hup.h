/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: the configuration is read again and the core restarted with it; bans stay. */
#pragma once

#include "agent/actor/verb/actor.h"

/* The file given with -c, NULL for the standard places; call it once at start. */
void hup_init(const char *file);

void hup_reload(struct actor *a);

/* The settings as a sealed memfd for the core, -1 with errno. */
int hup_settings_fd(const struct settings *s);
