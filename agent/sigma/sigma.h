/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges events by the rules of a pack (proto/pack.h), one rule and one event at a time, as the Sigma specification
 * says (sigma-rules-specification.md and its appendix on modifiers, version 2.1). It knows no kind of event: the caller
 * shows the values of fields by their number in the pack. No text makes it slow: the time grows with the product of
 * text and pattern at most. It allocates nothing. Not for two threads at once.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "proto/pack.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGMA_HITS_MAX 8

/* What packs may need of a build, as pack_write_need() has it. */
#define SIGMA_NEED_REGEX "regex"
#define SIGMA_NEED_CORRELATION "correlation"

struct sigma_value {
	struct str text; /* numbers in digits, true and false as words */
	bool is_null;	 /* the event has the field and says that there is no value */
};

struct sigma_event {
	/*
	 * The value number `at`, from 0, of the field of that number in the pack; a field with several values has
	 * several. PACK_WHOLE: that of all texts of the event. False: there is none, and none behind it.
	 */
	bool (*value)(const struct sigma_event *event, uint16_t field, unsigned at, struct sigma_value *out);
	const void *context;
};

/* Why a rule matched: patterns, each with the value that it fits. Of more than SIGMA_HITS_MAX the first are kept. */
struct sigma_hits {
	unsigned count;
	struct {
		uint16_t field;	  /* or PACK_WHOLE */
		uint32_t pattern; /* its number in the pack */
		struct str value; /* borrowed from the event; without data: the field is not there or has none */
	} list[SIGMA_HITS_MAX];
};

/*
 * Load a pack and check what its patterns hold as well, and that this build can do what it needs. Errors as
 * pack_load(), and ERR_UNSUPPORTED; then `why` is a sentence that begins with "it", and *pack is zero.
 */
ERR_CHECK enum err sigma_load(struct pack *pack, struct str bytes, char why[PACK_WHY_MAX]);

/* Whether a rule is for events of a log source: each of the three that the rule names equals that of the source. */
bool sigma_applies(const struct pack_rule *rule, struct str category, struct str product, struct str service);

/* Whether the event fulfils the condition with this root. `hits` may be NULL; what is negated has none. */
bool sigma_match(const struct pack *pack, uint32_t node, const struct sigma_event *event, struct sigma_hits *hits);

/*
 * What the patterns of all calls have cost that can be slow: steps of expressions, parts of patterns with wildcards,
 * and bytes compared in looking for a text within another. Each is some nanoseconds.
 */
uint64_t sigma_work(void);

/* Whether a value fits a pattern that is about it alone, and not about another field or about there being none. */
bool sigma_fits(const struct pack_pattern *p, struct str value);

/* Append a pattern in words, without its field: "ends with '/wget'". */
void sigma_show(struct buf *b, const struct pack *pack, uint32_t pattern);
