/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in rules. What their count, window and steps are stands in the settings; tags are Sigma's spelling of
 * MITRE ATT&CK. Sigma rules from a pack will be rows of the same shape.
 */
#include "agent/rules/distinct.h"
#include "agent/rules/rule.h"
#include "agent/rules/sequence.h"
#include "agent/rules/single.h"
#include "agent/rules/threshold.h"

#define AUTHOR "Caltrop"
#define TAGS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* The window is how long a finding of the start before waits for an audit that finds it again. */
#define LASTS .begins = "found", .ends = "fixed", .policy = {.enabled = true, .count = 1, .window_us = HOUR_US}

static const struct rule rules[] = {
	{
		.id = "brute_force",
		.title = "Password guessing from one address",
		.author = AUTHOR,
		.tags = TAGS("attack.credential-access", "attack.t1110", "attack.t1110.001"),
		.level = SEV_MEDIUM,
		.classes = ATTEMPT_FAILURE,
		.series = STATE_FAILURES,
		.early = true,
		.evaluate = threshold_evaluate,
	},
	{
		.id = "enumeration",
		.title = "One address looks for accounts that exist",
		.author = AUTHOR,
		.tags = TAGS("attack.discovery", "attack.reconnaissance", "attack.t1087", "attack.t1589"),
		.level = SEV_MEDIUM,
		.classes = ATTEMPT_FAILURE,
		.series = STATE_UNKNOWN_USERS,
		.evaluate = distinct_evaluate,
	},
	{
		.id = "spraying",
		.title = "One address tries many accounts",
		.author = AUTHOR,
		.tags = TAGS("attack.credential-access", "attack.t1110", "attack.t1110.003"),
		.level = SEV_MEDIUM,
		.classes = ATTEMPT_FAILURE,
		.series = STATE_USERS,
		.evaluate = distinct_evaluate,
	},
	{
		.id = "probing",
		.title = "One address probes a login service",
		.author = AUTHOR,
		.tags = TAGS("attack.reconnaissance", "attack.t1595"),
		.level = SEV_MEDIUM,
		.classes = ATTEMPT_PROBE,
		.series = STATE_PROBES,
		.evaluate = threshold_evaluate,
	},
	{
		.id = "scanning",
		.title = "One address connects again and again and never tries to log in",
		.author = AUTHOR,
		.tags = TAGS("attack.reconnaissance", "attack.t1595"),
		.level = SEV_LOW,
		.classes = ATTEMPT_LOOK,
		.series = STATE_LOOKS,
		.evaluate = threshold_evaluate,
	},
	{
		.id = "flooding",
		.title = "One address connects faster than any monitor and never tries to log in",
		.author = AUTHOR,
		.tags = TAGS("attack.reconnaissance", "attack.impact", "attack.t1595", "attack.t1499"),
		.level = SEV_MEDIUM,
		.classes = ATTEMPT_LOOK,
		.series = STATE_FLOODS,
		.evaluate = threshold_evaluate,
	},
	{
		.id = "breach",
		.title = "A login succeeded after failures from the same address",
		.author = AUTHOR,
		.tags = TAGS("attack.credential-access", "attack.initial-access", "attack.t1110.001", "attack.t1078"),
		.level = SEV_HIGH,
		.classes = ATTEMPT_SUCCESS,
		.series = STATE_FAILURES,
		.by_user = true,
		.evaluate = sequence_evaluate,
	},
	/* Their counts and windows are the packet sensor's: it makes one event when they are reached. */
	{
		.id = "port_scan",
		.title = "One address tries ports that nobody serves",
		.author = AUTHOR,
		.tags = TAGS("attack.discovery", "attack.reconnaissance", "attack.t1046", "attack.t1595.001"),
		.level = SEV_MEDIUM,
		.kind = EVENT_PACKET,
		.evaluate = single_evaluate,
		.field = "action",
		.value = "scan",
	},
	{
		.id = "many_scans",
		.title = "Many addresses at once try ports that nobody serves",
		.author = AUTHOR,
		.tags = TAGS("attack.reconnaissance", "attack.t1046", "attack.t1595.001"),
		.level = SEV_MEDIUM,
		.kind = EVENT_PACKET,
		.subject = SUBJECT_DEVICE,
		.evaluate = single_evaluate,
		.field = "action",
		.value = "scans",
	},
	{
		.id = "decoy_touch",
		.title = "One address connects to a decoy port",
		.author = AUTHOR,
		.tags = TAGS("attack.discovery", "attack.reconnaissance", "attack.t1046", "attack.t1595"),
		.level = SEV_MEDIUM,
		.kind = EVENT_PACKET,
		.evaluate = single_evaluate,
		.field = "action",
		.value = "handshake",
	},
	/* Its policy is no settings' affair: it cannot happen on a sound device, and there is no step against it. */
	{
		.id = "line_skipped",
		.title = "A line of a log ended the guard twice and is skipped",
		.author = AUTHOR,
		.tags = TAGS("attack.defense-evasion", "attack.t1562.001"),
		.level = SEV_HIGH,
		.kind = EVENT_EXPOSURE,
		.subject = SUBJECT_DEVICE,
		.evaluate = single_evaluate,
		.field = "id",
		.value = "line_skipped",
		.policy = {.enabled = true, .count = 1, .window_us = HOUR_US},
	},
	/* Nobody has a reason to touch a decoy, so the first touch says it; a maintenance is quiet. */
	{
		.id = "decoy_file",
		.title = "A program changed, renamed or removed a decoy file",
		.author = AUTHOR,
		.tags = TAGS("attack.impact", "attack.t1486"),
		.level = SEV_CRITICAL,
		.kind = EVENT_FILE,
		.subject = SUBJECT_PROCESS,
		.evaluate = single_evaluate,
		.field = "group",
		.value = "decoy",
		.policy = {.enabled = true, .count = 1, .window_us = 10 * MINUTE_US},
	},
	{
		.id = "decoy_changed",
		.title = "A decoy file was changed, renamed or removed, by which program is not known",
		.author = AUTHOR,
		.tags = TAGS("attack.impact", "attack.t1486"),
		.level = SEV_HIGH,
		.kind = EVENT_FILE,
		.subject = SUBJECT_FILE,
		.evaluate = single_evaluate,
		.field = "group",
		.value = "decoy_by_unknown",
		.policy = {.enabled = true, .count = 1, .window_us = 10 * MINUTE_US},
	},
	/* Nor is that of these: what the audit found lasts until it finds it no more, and a playbook is what answers
	   it. */
	{
		.id = "default_password",
		.title = "An account has a password that everybody knows",
		.author = AUTHOR,
		.tags = TAGS("attack.initial-access", "attack.t1078.001"),
		.level = SEV_CRITICAL,
		.kind = EVENT_EXPOSURE,
		.subject = SUBJECT_ACCOUNT,
		.evaluate = single_evaluate,
		.field = "id",
		.value = "default_password",
		LASTS,
	},
	{
		.id = "empty_password",
		.title = "An account needs no password",
		.author = AUTHOR,
		.tags = TAGS("attack.initial-access", "attack.t1078.001"),
		.level = SEV_CRITICAL,
		.kind = EVENT_EXPOSURE,
		.subject = SUBJECT_ACCOUNT,
		.evaluate = single_evaluate,
		.field = "id",
		.value = "empty_password",
		LASTS,
	},
	/* One port, so that its end is the end of it. */
	{
		.id = "open_telnet",
		.title = "Others can reach telnet, which sends passwords in clear",
		.author = AUTHOR,
		.tags = TAGS("attack.initial-access", "attack.credential-access", "attack.t1021", "attack.t1040"),
		.level = SEV_HIGH,
		.kind = EVENT_EXPOSURE,
		.subject = SUBJECT_DEVICE,
		.evaluate = single_evaluate,
		.field = "id",
		.value = "open_telnet",
		LASTS,
	},
};

const struct rule_pack rule_builtin = {rules, sizeof(rules) / sizeof(rules[0])};
