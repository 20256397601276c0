/* SPDX-License-Identifier: Apache-2.0 */
/* The pack of Sigma rules that a replay judges by: that of the settings, or else the one that is installed. */
#pragma once

#include "agent/cli/replay_core.h"
#include "agent/common/settings.h"

/*
 * Which file that is, as a guard with these settings would have it; one that the service sent is not looked for. An
 * empty path: there is none, or the settings have no rules of packs.
 */
void replay_pack_find(const struct settings *settings, char path[SETTINGS_PATH_MAX]);

/* Give the file to the core. NULL, or why it is not used, as a sentence. */
const char *replay_pack_give(struct replay_core *core, const char *path);
