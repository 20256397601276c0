/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log files opened for the core, which may not read their directory. A path never crosses the socket: the core names an
 * index into the settings' list, the actor answers with a descriptor and the watches it set on the shared inotify
 * instance.
 */
#pragma once

#include "agent/common/message.h"
#include "agent/common/settings.h"

#include <stdint.h>

/*
 * Answer one request in place; the descriptor to send along, which the caller closes, or -1. Only regular
 * files are opened, and only where nobody but root and daemons decides which ones they are (trail.h); never the file of
 * account secrets. What is refused is said in m->why.
 */
int sources_answer(const struct settings *s, int inotify, struct actor_source *m);
