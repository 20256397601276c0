/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in rules: one row each in table.c. They are what Sigma calls correlations: `count` events (event_count,
 * threshold.c), `count` different values of a field (value_count, distinct.c), one kind of event after another
 * (temporal_ordered, sequence.c), by one src within a time. A rule reads one series (rules/state.h); several
 * rules may read the same one.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/common/settings.h"
#include "agent/rules/attempt.h"
#include "agent/rules/near.h"
#include "agent/rules/state.h"

#include <stdbool.h>
#include <stdint.h>

#define RULE_FINDINGS_MAX 4u /* rules that one attempt can fire */
#define RULE_CLASSES 4u	     /* bits of enum attempt_class */

struct rule {
	const char *id; /* also its section in the settings */
	const char *title;
	const char *author;
	const char *const *tags; /* NULL-terminated, as Sigma writes them */
	enum severity level;
	uint8_t classes; /* attempts that are looked at: bits of enum attempt_class */
	uint8_t series;	 /* enum state_series */
	bool by_user;	 /* each user it happens to is an incident of its own */
	/* Not 0 when this attempt, already in the series, makes the rule fire: how many attempts are behind it. */
	uint32_t (*evaluate)(struct state *state, const struct rule *rule, const struct settings_rule_row *row,
			     const struct state_event *event);
};

/* RULES_MAX rows in the order of enum settings_rule. */
extern const struct rule rule_table[];

struct rules {
	const struct settings *settings;
	struct near near;
	struct state state;
	struct hash_key key;
	uint16_t watchers[RULE_CLASSES]; /* by class: enabled rules, as bits */
	uint64_t fired;
};

/* Bytes for about that many srcs at once. */
size_t rule_size(uint32_t srcs);
void rule_init(struct rules *r, struct lru_room room, const struct settings *settings, struct hash_key key);

/* What a rule has found. */
struct rule_finding {
	uint8_t rule;	/* enum settings_rule */
	uint32_t count; /* attempts behind it */
};

/*
 * Take in one attempt; found[] gets what it makes rules fire, the return value says how many. Costs as much as the
 * rules that watch its class.
 */
unsigned rule_feed(struct rules *r, const struct attempt *attempt, struct now now,
		   struct rule_finding found[RULE_FINDINGS_MAX]);

/*
 * What the rule would count if this attempt, of which it is not known yet whether it failed, had; 0 when it would not
 * fire, and for rules that do not count times. Nothing is taken in.
 */
uint32_t rule_foresee(const struct rules *r, enum settings_rule rule, const struct attempt *attempt, struct now now);

/* Take in that a vouched trace has told of attempt->vouched failures, counted or not. */
void rule_vouch(struct rules *r, const struct attempt *attempt, struct now now);

/* Whether vouched traces have told of as many failures by the src as the rule counts, within its window. */
bool rule_vouched(const struct rules *r, enum settings_rule rule, uint64_t group, struct now now);

/* Enabled rules that watch a class of attempts, as bits. */
uint16_t rule_watchers(const struct rules *r, uint8_t class);

/* Whether memory allows the rule's whole count; *kept is what it allows. */
bool rule_fits(const struct rules *r, enum settings_rule rule, uint32_t *kept);

/* What counts as one src: the address or the network it is in (near.h), else the name. 0: no src at all. */
uint64_t rule_group(const struct rules *r, const struct addr *src, struct str host);

/* Forget what is counted for a src, after somebody said that it is welcome. */
void rule_forget(struct rules *r, uint64_t group);
