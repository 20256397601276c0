/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in rules. What their count, window and steps are stands in the settings; tags are Sigma's spelling of
 * MITRE ATT&CK. Sigma rules from a pack will be rows of the same shape behind these.
 */
#include "agent/rules/distinct.h"
#include "agent/rules/rule.h"
#include "agent/rules/sequence.h"
#include "agent/rules/threshold.h"

#define AUTHOR "Caltrop"
#define TAGS(...) ((const char *const[]){__VA_ARGS__, NULL})

const struct rule rule_table[] = {
	[RULE_BRUTE_FORCE] = {"brute_force", "Password guessing from one address", AUTHOR,
			      TAGS("attack.credential-access", "attack.t1110", "attack.t1110.001"), SEV_MEDIUM,
			      ATTEMPT_FAILURE, STATE_FAILURES, false, threshold_evaluate},
	[RULE_ENUMERATION] = {"enumeration", "One address looks for accounts that exist", AUTHOR,
			      TAGS("attack.discovery", "attack.reconnaissance", "attack.t1087", "attack.t1589"),
			      SEV_MEDIUM, ATTEMPT_FAILURE, STATE_UNKNOWN_USERS, false, distinct_evaluate},
	[RULE_SPRAYING] = {"spraying", "One address tries many accounts", AUTHOR,
			   TAGS("attack.credential-access", "attack.t1110", "attack.t1110.003"), SEV_MEDIUM,
			   ATTEMPT_FAILURE, STATE_USERS, false, distinct_evaluate},
	[RULE_PROBING] = {"probing", "One address probes a login service", AUTHOR,
			  TAGS("attack.reconnaissance", "attack.t1595"), SEV_MEDIUM, ATTEMPT_PROBE, STATE_PROBES, false,
			  threshold_evaluate},
	[RULE_BREACH] = {"breach", "A login succeeded after failures from the same address", AUTHOR,
			 TAGS("attack.credential-access", "attack.initial-access", "attack.t1110.001", "attack.t1078"),
			 SEV_HIGH, ATTEMPT_SUCCESS, STATE_FAILURES, true, sequence_evaluate},
};

_Static_assert(sizeof(rule_table) / sizeof(rule_table[0]) == RULES_MAX, "a row for every rule of the settings");
