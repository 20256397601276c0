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

/* A build that bans nobody takes either. */
static bool is_built(enum settings_filter filter)
{
	if (!IS_ENABLED(CONFIG_ACTION_BAN))
		return true;
	return filter == FILTER_IPTABLES ? IS_ENABLED(CONFIG_FIREWALL_IPTABLES) : IS_ENABLED(CONFIG_FIREWALL_NFTABLES);
}

enum err settings_firewall_filter(struct settings_value *v)
{
	bool iptables = str_equal(v->text, STR("iptables"));
	enum settings_filter filter = iptables ? FILTER_IPTABLES : FILTER_NF_TABLES;
	char shown[16];

	str_show(v->text, shown, sizeof(shown));
	if (!iptables && !str_equal(v->text, STR("nf_tables"))) {
		snprintf(v->why, sizeof(v->why), "'%s' is neither nf_tables nor iptables", shown);
		return ERR_INVALID;
	}
	if (!is_built(filter)) {
		snprintf(v->why, sizeof(v->why), "'%s' is not in this build", shown);
		return ERR_INVALID;
	}
	*(uint8_t *)v->target = (uint8_t)filter;
	return ERR_OK;
}

const char *settings_filter_name(const struct settings *s)
{
	return s->packet_filter == FILTER_IPTABLES ? "iptables" : "nf_tables";
}
