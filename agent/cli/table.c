/* SPDX-License-Identifier: Apache-2.0 */
/* The visible table of commands: the device's first, then the fleet's where the build has them. */
#include "agent/cli/command.h"
#include "agent/cli/local.h"
#include "agent/cli/parse.h"

#include <stddef.h>

const struct command command_table[] = {
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local status", "what the guard on this device is doing", local_status},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local bans", "addresses banned right now", local_bans},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local unban", "let an address in again", local_unban},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local incidents", "incidents still open on this device", local_incidents},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local health", "what the guard misses, and its counters", local_health},))
	IF_ENABLED(CONFIG_TOOL_PARSE, ({"parse", "show what the decoders see in a log", parse_main},))
	{NULL, NULL, NULL},
};
