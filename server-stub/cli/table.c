/* SPDX-License-Identifier: Apache-2.0 */
/* The visible table of commands: the device's first, then the fleet's where the build has them. */
#include "server-stub/cli/table.h"

#include "agent/base/str.h"
#include "agent/cli/enroll.h"
#include "agent/cli/local.h"
#include "agent/cli/local_credential.h"
#include "agent/cli/local_playbooks.h"
#include "agent/cli/local_policy.h"
#include "agent/cli/parse.h"
#include "agent/cli/replay.h"
#include "agent/cli/send.h"
#include "server-stub/cli/fleet.h"

#include <stddef.h>

/* clang-format off */
const struct command cli_commands[] = {
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local status", "show what the guard on this device does", local_status},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local bans", "list the addresses that are banned now", local_bans},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local effects", "list what else is in force", local_effects},))
	IF_ENABLED(CONFIG_LOCAL_EXPLAIN, ({"local explain", "say why an address is banned or not", local_explain},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local unban", "lift the ban of an address", local_unban},))
	IF_ENABLED(CONFIG_LOCAL_MAINTENANCE,
		   ({"local maintenance", "let changes of files raise no alert for some minutes", local_maintenance},))
	IF_ENABLED(CONFIG_LOCAL_RESTORE, ({"local restore", "put a file back that is in quarantine", local_restore},))
	IF_ENABLED(CONFIG_LOCAL_AUDIT, ({"local audit", "show what this device offers to an attacker", local_audit},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local table", "show what a sensor knows now, such as processes", local_table},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local incidents", "list the incidents open on this device", local_incidents},))
	IF_ENABLED(CONFIG_LOCAL_RULES, ({"local rules", "show the rules of the pack in use", local_rules},))
	IF_ENABLED(CONFIG_LOCAL_CLI, ({"local health", "show what the guard cannot see or do", local_health},))
	IF_ENABLED(CONFIG_LOCAL_CREDENTIAL,
		   ({"local credential set", "give an account another password", local_credential_set},))
	IF_ENABLED(CONFIG_LOCAL_PLAYBOOKS,
		   ({"local playbooks", "list what this device does by itself about incidents", local_playbooks},))
	IF_ENABLED(CONFIG_LOCAL_POLICY, ({"local policy apply", "put a policy on trial", local_policy_apply},))
	IF_ENABLED(CONFIG_LOCAL_POLICY, ({"local policy confirm", "keep the policy on trial", local_policy_confirm},))
	IF_ENABLED(CONFIG_LOCAL_POLICY, ({"local policy lift", "end the policy", local_policy_lift},))
	IF_ENABLED(CONFIG_LOCAL_POLICY, ({"local policy show", "show the policy", local_policy_show},))
	IF_ENABLED(CONFIG_OBJECTS, ({"local send", "have the guard send a file to the service", send_main},))
	IF_ENABLED(CONFIG_UPLINK, ({"enroll", "join a fleet", enroll_main},))
	IF_ENABLED(CONFIG_TOOL_PARSE, ({"parse", "show what the decoders see in a log", parse_main},))
	IF_ENABLED(CONFIG_TOOL_REPLAY, ({"replay", "show what the guard would have decided over logs", replay_main},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"login", "remember a server and log in", cmd_login},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"logout", "end the session", cmd_logout},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"password", "change your password", cmd_password},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factor enrol", "set up your second factor", cmd_factor_enrol},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factor confirm", "put it in force", cmd_factor_confirm},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factor list", "list your passkeys", cmd_factor_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factor delete", "remove a passkey", cmd_factor_delete},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"session list", "list who is logged in", cmd_session_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"session create", "make an API token for a program", cmd_session_create},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"session end", "end a session", cmd_session_end},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"context list", "list the services that this account knows", cmd_context_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"context remove", "forget a service", cmd_context_remove},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"token create", "make a token with which devices join", cmd_token_create},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"token list", "list join tokens and their use", cmd_token_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"token revoke", "let no further device join with a token", cmd_token_revoke},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factory add", "let devices of a manufacturer join", cmd_factory_add},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factory list", "list manufacturers whose devices may", cmd_factory_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factory show", "show one of them", cmd_factory_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factory remove", "let its devices join no more", cmd_factory_remove},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"factory card", "print what such a device has to know", cmd_factory_card},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device list", "list devices, and who is connected", cmd_device_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device show", "show one device", cmd_device_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device approve", "accept a pending device", cmd_device_approve},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device revoke", "shut a device out", cmd_device_revoke},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device expect", "let one in that was reset", cmd_device_expect},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device rename", "give a device another name", cmd_device_rename},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device move", "put a device into another group", cmd_device_move},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device label", "give a device labels to find it by", cmd_device_label},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device delete", "take a revoked device off the list", cmd_device_delete},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"device import", "make devices known before they join", cmd_device_import},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"event list", "list what the devices saw and did", cmd_event_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"event follow", "print the same as it arrives", cmd_event_follow},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident list", "list what the rules found", cmd_incident_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident show", "show an incident and its receipts", cmd_incident_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident close", "close an incident", cmd_deed_close},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident note", "write a note to an incident", cmd_deed_note},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident verdict", "say what an incident was", cmd_deed_verdict},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"incident assign", "say who looks after an incident", cmd_deed_assign},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"ban list", "list who is banned now, on all devices", cmd_ban_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"effect list", "list what is in force now, on all devices", cmd_effect_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"effect undo", "take back what is in force", cmd_effect_undo},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"report", "count what happened in a time", cmd_report},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"output add", "have somebody told of incidents", cmd_output_add},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"output list", "list who is told, and how that goes", cmd_output_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"output show", "show one of them", cmd_output_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"output test", "send a test message", cmd_output_test},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"output delete", "have one told no more", cmd_output_delete},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order push", "tell devices to do something", cmd_order_push},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order verbs", "list what an order can tell devices", cmd_order_verbs},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order list", "list the orders", cmd_order_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order show", "show an order and its receipts", cmd_order_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order sign", "approve an order that needs more signatures", cmd_order_sign},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"order cancel", "take an order back that was not sent yet", cmd_order_cancel},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"object offer", "send a file to devices", cmd_object_offer},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"object list", "list files for and of devices", cmd_object_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"object show", "show one, and who has it", cmd_object_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"object get", "fetch one from the service", cmd_object_get},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"object open", "open what a device collected and sealed", cmd_object_open},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"object remove", "remove one from the service", cmd_object_remove},))
	IF_ENABLED(CONFIG_CLI_DESIRED, ({"fleet plan", "show what is not as a folder says", cmd_fleet_plan},))
	IF_ENABLED(CONFIG_CLI_DESIRED, ({"fleet apply", "make devices as a folder says, in waves", cmd_fleet_apply},))
	IF_ENABLED(CONFIG_CLI_DESIRED, ({"fleet export", "write a folder of what devices have", cmd_fleet_export},))
	IF_ENABLED(CONFIG_CLI_RULE, ({"rule build", "compile Sigma rules to a pack for devices", cmd_rule_build},))
	IF_ENABLED(CONFIG_CLI_RULE, ({"rule check", "say which Sigma rules can be used here", cmd_rule_check},))
	IF_ENABLED(CONFIG_CLI_RULE, ({"rule test", "list what a pack finds in recorded events", cmd_rule_test},))
	IF_ENABLED(CONFIG_CLI_RULE, ({"rule explain", "say which field matched which pattern", cmd_rule_explain},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook lint", "say what is wrong with playbooks", cmd_playbook_lint},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook show", "show what a playbook does", cmd_playbook_show},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook test", "fill a playbook in, for an incident", cmd_playbook_test},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook sign", "sign what a playbook does, for later", cmd_playbook_sign},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook push", "have devices do what it says", cmd_playbook_push},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook list", "list those given to devices", cmd_playbook_list},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook withdraw", "have devices run one no more", cmd_playbook_withdraw},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook import", "make a playbook of CACAO 2.0", cmd_playbook_import},))
	IF_ENABLED(CONFIG_CLI_PLAYBOOK, ({"playbook export", "write a playbook as CACAO 2.0", cmd_playbook_export},))
	IF_ENABLED(CONFIG_CLI_POLICY, ({"policy lint", "say what is wrong with a policy", cmd_policy_lint},))
	IF_ENABLED(CONFIG_CLI_POLICY, ({"policy render", "print the rules that a policy becomes", cmd_policy_render},))
	IF_ENABLED(CONFIG_CLI_POLICY, ({"policy build", "compile a policy for devices", cmd_policy_build},))
	IF_ENABLED(CONFIG_CLI_POLICY, ({"policy push", "have devices put a policy in force", cmd_policy_push},))
	IF_ENABLED(CONFIG_CLI_POLICY, ({"policy diff", "compare two policies", cmd_policy_diff},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"immunity push", "let the service pass bans on", cmd_immunity_push},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"immunity show", "show what the service may ban", cmd_immunity_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"immunity revoke", "let it pass bans on no more", cmd_immunity_revoke},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"receipt verify", "check the proof of what devices did", cmd_receipt_verify},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"credential open", "open a sealed secret", cmd_credential_open},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"key create", "make a key that can sign orders", cmd_key_create},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"key trust", "have devices trust an order key", cmd_key_trust},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"key list", "list the order keys that devices trust", cmd_key_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"key revoke", "have devices trust an order key no longer", cmd_key_revoke},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust show", "show whom devices trust, and who signed that", cmd_trust_show},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust require", "have a verb need more signatures", cmd_trust_require},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust escrow", "have devices seal secrets to another key", cmd_trust_escrow},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust ca", "have devices accept another authority", cmd_trust_ca},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust sign", "add a root key's signature to a bundle", cmd_trust_sign},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust push", "give a signed bundle to the service", cmd_trust_push},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"trust create", "make the first bundle of an older fleet", cmd_trust_create},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"user list", "list the operators", cmd_user_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"user add", "let an operator in", cmd_user_add},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"user role", "give an operator another role", cmd_user_role},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"user disable", "shut an operator out", cmd_user_disable},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"user reset", "give an operator a one-time password", cmd_user_reset},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"audit list", "list the calls of the service's API", cmd_audit_list},))
	IF_ENABLED(CONFIG_CLI_FLEET, ({"audit verify", "check that this list was not changed", cmd_audit_verify},))
	{NULL, NULL, NULL},
};
/* clang-format on */

/* How many arguments the words of `name` match from the front; 0 unless all words match. */
static int words_matched(const char *name, int argc, char **argv)
{
	struct str rest = str_from(name);
	int count = 0;

	while (!str_empty(rest)) {
		struct str word = str_cut(&rest, ' ');

		if (count >= argc || !str_equal(word, str_from(argv[count])))
			return 0;
		count++;
	}
	return count;
}

const struct command *cli_command_find(int argc, char **argv, int *words)
{
	const struct command *found = NULL;

	*words = 0;
	for (const struct command *c = cli_commands; c->name; c++) {
		int matched = words_matched(c->name, argc, argv);

		if (matched > *words) {
			*words = matched;
			found = c;
		}
	}
	return found;
}
