/* SPDX-License-Identifier: Apache-2.0 */
/* The visible table of commands: the device's first, then the fleet's where the build has them. */
#include "server-stub/cli/table.h"

#include "agent/cli/enroll.h"
#include "agent/cli/local.h"
#include "agent/cli/parse.h"
#include "server-stub/cli/fleet.h"

#include <stddef.h>

/* clang-format off */
const struct command cli_commands[] = {
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local status", "what the guard on this device is doing", local_status},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local bans", "addresses banned right now", local_bans},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local unban", "let an address in again", local_unban},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local incidents", "incidents still open on this device", local_incidents},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local health", "what the guard misses, and its counters", local_health},))
	IF_ENABLED(CONFIG_UPLINK, ({"enroll", "join a fleet with a one-time token", enroll_main},))
	IF_ENABLED(CONFIG_TOOL_PARSE, ({"parse", "show what the decoders see in a log", parse_main},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"login", "remember a server and log in", cmd_login},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"logout", "end the session", cmd_logout},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"password", "change your password", cmd_password},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"token create", "make a join token for devices", cmd_token_create},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"token list", "join tokens and their use", cmd_token_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"token revoke", "let nobody join with a token any more", cmd_token_revoke},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device list", "devices, and when they were last seen", cmd_device_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device show", "one device", cmd_device_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device approve", "let a pending device in", cmd_device_approve},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device revoke", "refuse a device for good", cmd_device_revoke},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"event list", "what the devices saw", cmd_event_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"event follow", "the same as it happens", cmd_event_follow},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident list", "what the rules found", cmd_incident_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident show", "one incident, its evidence and receipts", cmd_incident_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order push", "ban, unban, reset, logout, kill on devices", cmd_order_push},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order list", "orders pushed so far", cmd_order_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order show", "one order with its receipts", cmd_order_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"credential open", "open a sealed secret", cmd_credential_open},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"audit list", "who did what", cmd_audit_list},))
	{NULL, NULL, NULL},
};
/* clang-format on */
