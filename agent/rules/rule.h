/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the rules of a set (rule_set.h) over events. They are what Sigma calls correlations: `count` events
 * (event_count, threshold.c), `count` different values of a field (value_count, distinct.c), one kind of event after
 * another (temporal_ordered, sequence.c), by one subject (subject.h) within a time. A rule reads one series
 * (rules/state.h); several rules may read the same one. Only attempts are counted in series: a rule over other events
 * looks at each by itself.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/common/settings.h"
#include "agent/detect/detect.h"
#include "agent/rules/attempt.h"
#include "agent/rules/near.h"
#include "agent/rules/rule_pack.h"
#include "agent/rules/rule_set.h"
#include "agent/rules/state.h"

#include <stdbool.h>
#include <stdint.h>

#define RULE_FINDINGS_MAX 4u /* rules that one attempt can fire */

struct rules {
	struct rule_set *set;
	struct near near;
	struct state state;
	struct hash_key key;
	struct detect *detect; /* the pack; NULL: this guard has none */
	uint64_t evaluated, fired;
};

/* Bytes of memory for marks of `srcs` addresses at once (CONFIG_RULE_SRCS_MAX). */
size_t rule_size(uint32_t srcs);

/* Begin empty. room is memory of rule_size(room.capacity) bytes; set and memory must outlive the rules. */
void rule_init(struct rules *r, struct lru_room room, struct rule_set *set, struct hash_key key);

/* What rules look at. */
struct rule_input {
	const struct event *event;
	const struct attempt *attempt; /* that the event counts as; NULL: none */
	struct now now;		       /* when it happened */
	bool line;		       /* the event is its log line alone, for the pack's rules about lines */
};

/* What a rule says of an input that it looks at. */
struct rule_finding {
	struct rule_row *rule;
	uint64_t group; /* of the rule's subject in the input */
	uint32_t count; /* attempts that it counts, or 1 event; 0: it does not fire */
	bool ends;	/* what lasts is over by this event */
	struct str why; /* of a rule of a pack: what matched, in words; borrowed from the round */
};

/* One input, and the rules that look at it, being asked. */
struct rule_round {
	struct rule_input in;
	uint64_t groups[SUBJECT_KINDS]; /* hashes of its subjects; 0: it names none, or no rule counts by it */
	uint8_t named;			/* which are not 0: bits of enum subject_kind */
	struct rule_walk walk;
	struct state_event event;
	unsigned fired;
	char why[RULE_PACK_WHY_MAX];
};

/* Begin a round: find the input's subjects. Counts nothing. What the input points to must outlive the round. */
void rule_look(const struct rules *r, const struct rule_input *in, struct rule_round *round);

/* Whether there is anything that could find something in the round's input. */
bool rule_looks(const struct rules *r, const struct rule_round *round);

/* Count the attempt for each of its subjects, have the pack judge the event, and begin to ask the rules that look at
 * the event. */
void rule_begin(struct rules *r, struct rule_round *round);

/*
 * Ask the next rule whose subject the input names. False: that was the last. Only rules that look at the event cost
 * time. After RULE_FINDINGS_MAX rules have fired, the others are not evaluated and do not fire. Then come the rules of
 * the pack that matched, and are to be told of.
 */
bool rule_next(struct rules *r, struct rule_round *round, struct rule_finding *out);

/*
 * What the rule's count would be if the round's attempt, whose verdict is not known yet, failed. 0: the rule would not
 * fire, or it does not count times. Changes nothing.
 */
uint32_t rule_foresee(const struct rules *r, const struct rule_row *rule, const struct rule_round *round);

/*
 * Count attempt->vouched failures of the round's attempt as vouched (rules/attempt.h), for each of its subjects,
 * whether or not rule_begin() has counted them.
 */
void rule_vouch(struct rules *r, const struct rule_round *round);

/* Count attempt->cancelled failures of the round's subjects no more. */
void rule_take_back(struct rules *r, const struct rule_round *round);

/* Whether the subject has, within the rule's window, as many vouched failures as the rule counts. */
bool rule_vouched(const struct rules *r, const struct rule_row *rule, uint64_t group, struct now now);

/* Whether the tables keep as many marks per src as the rule counts; *kept is how many they keep. */
bool rule_fits(const struct rules *r, const struct rule_row *rule, uint32_t *kept);

/* How many attempts of the src with that hash the rule counts now. Changes nothing. */
uint32_t rule_count(const struct rules *r, const struct rule_row *rule, uint64_t group, struct now now);

/* The hash of what counts as one src: the address or its network (near.h), else the host name. 0: there is neither. */
uint64_t rule_group(const struct rules *r, const struct addr *src, struct str host);

/* Forget all marks of a src: root lifted its ban. */
void rule_forget(struct rules *r, uint64_t group);
