/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration again after SIGHUP, and starts the core again with it. Effects stay in force. */
#pragma once

#include "agent/actor/verb/actor.h"

/* Set the file that was given with -c; NULL: the standard places. Call it once, at start; file must stay. */
void hup_init(const char *file);

/*
 * Read the configuration, renew what depends on it, and restart the core. If it is wrong, say so on standard error; the
 * old one stays, and the result is false.
 */
bool hup_reload(struct actor *a);

/*
 * A sealed memfd (memfd_create(2)) with the settings as text, for the core. The caller closes it. -1: errno says why.
 */
int hup_settings_fd(const struct settings *s);
