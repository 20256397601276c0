/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log files opened for the core, which may not read their directory. A path never crosses the socket: the core names an
 * index into the settings' list, the actor answers with a descriptor and the watches it set on the shared inotify
 * instance.
 */
#pragma once

#include "agent/actor/verbs.h"
#include "agent/settings/settings.h"

#include <stdint.h>

/*
 * Answer one request: *reply is filled, *fd is the descriptor to send along or -1; the caller closes it. Only regular
 * files are opened, symbolic links in the last place are followed (distributions rotate through them).
 */
void sources_answer(const struct settings *s, int inotify, const struct actor_source *request,
		    struct actor_source *reply, int *fd);
