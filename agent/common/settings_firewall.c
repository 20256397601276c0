/* SPDX-License-Identifier: Apache-2.0 */
/* Of a packet anybody can write any address, so a ban for a scan would be in anybody's hands. */
#include "agent/common/settings_firewall.h"

#include "agent/common/message.h"

#include <stdio.h>

enum err settings_firewall_check(const struct settings *s, enum settings_rule rule, struct ini_error *error)
{
	const struct settings_rule_row *row = &s->rules[rule];

	if (rule == RULE_PORT_SCAN && row->count > SETTINGS_SCAN_PORTS_MAX)
		snprintf(error->text, sizeof(error->text),
			 "[rule.port_scan] count: %u is more than %d, the ports that are kept", (unsigned)row->count,
			 SETTINGS_SCAN_PORTS_MAX);
	else if ((rule == RULE_PORT_SCAN || rule == RULE_MANY_SCANS) && row->steps[0] != VERB_NONE)
		snprintf(
			error->text, sizeof(error->text),
			"[rule.%s] steps: a scan's address can be forged; a connection to a [firewall] decoy is proof: "
			"give the steps to [rule.decoy_touch]",
			rule == RULE_PORT_SCAN ? "port_scan" : "many_scans");
	else
		return ERR_OK;
	return ERR_INVALID;
}
