/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges events by a pack of Sigma rules (proto/pack.h): the gate says which rules can match, agent/sigma judges these,
 * and correlations count what matched. A pack is loaded between two events, beside the one that is in use; it takes its
 * place only if all its rules pass their own tests, and the one before is kept until the next is loaded. What
 * correlations count outlives that.
 *
 *   detect_load(detect, bytes, why)       a pack
 *   detect_judge(detect, input)           an event
 *   while (detect_next(detect, &found))   rules and correlations that are to be told of
 *
 * Pure. Memory is given at start; a pack that needs more is refused.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/common/settings.h"
#include "agent/detect/gate.h"
#include "agent/detect/values.h"
#include "agent/sigma/correlate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DETECT_MATCHES_MAX 32u /* rules and correlations that one event can match and that are told of */
#define DETECT_MARKS 64u       /* of a group: no correlation counts further */
#define DETECT_TEXTS_PER_RULE 12u
#define DETECT_SECONDS_MAX (31u * 86400u) /* a correlation's time span */
#define DETECT_WHY_MAX (PACK_WHY_MAX + 64u)

struct detect_limits {
	uint32_t bytes;	 /* of a pack */
	uint32_t rules;	 /* of a pack, with its correlations */
	uint32_t groups; /* of all correlations together */
};

/* Why a rule or correlation of the pack is not in use. */
enum detect_state {
	DETECT_ACTIVE,
	DETECT_OFF,	  /* [rule.ID] enabled = no */
	DETECT_LOW,	  /* its level is below [rules] level, and no correlation counts it */
	DETECT_NO_SENSOR, /* this build has no events of its log source, or the settings have its sensor off */
	DETECT_TOO_MANY,  /* it counts further than DETECT_MARKS, or over more than DETECT_SECONDS_MAX */
	DETECT_STATES,
};

struct detect_row {
	uint32_t evaluated, matched;
	uint32_t event; /* the last one that it matched, by its number */
	uint8_t state;	/* enum detect_state */
	bool told;	/* it is to be told of; else correlations alone use it */
};

/* One loaded pack. */
struct detect_pack {
	struct pack pack; /* bytes.len 0: none */
	uint8_t *bytes;
	struct values_map map;
	struct gate gate;
	uint16_t *kinds;	 /* of each rule */
	struct detect_row *rows; /* of each rule, and of each correlation behind them */
	uint32_t rules, correlations;
	uint16_t judged;		/* the kinds that there are rules about: bits, as in values.h */
	uint32_t counts[DETECT_STATES]; /* rules and correlations by state */
};

struct detect {
	struct detect_limits limits;
	const struct settings *settings;
	struct hash_key key; /* the caller's, as the next member: set behind detect_init() */
	uint16_t sensed;     /* which kinds of events there are, and VALUES_LINE: bits. All at first */
	struct detect_pack packs[2];
	unsigned used; /* which of them */
	bool has_before;
	struct tally tally; /* of all correlations, whatever the pack */
	struct correlate correlate;
	void *probe; /* memory for the pack's own tests, as much as for a pack */
	struct values values;
	struct sigma_event event;
	uint64_t events, evaluated, matched, dropped; /* dropped: matches beyond DETECT_MATCHES_MAX */
	uint64_t work;				      /* in texts: sigma_work() and the gate's */
	unsigned match_count, given;
	struct {
		uint32_t target; /* as in proto/pack.h */
		const struct field *subject;
		struct sigma_hits hits;
	} matches[DETECT_MATCHES_MAX];
};

/* Bytes of memory for such packs. */
size_t detect_size(const struct detect_limits *limits);

/* Begin without a pack in memory of detect_size() bytes, aligned to 16. Memory and settings must outlive it. */
void detect_init(struct detect *d, void *memory, const struct detect_limits *limits, const struct settings *settings);

/*
 * Load a pack, whose bytes are copied, in place of the one in use. Any error: that one stays. ERR_TOO_LONG: it is
 * larger than the limits; ERR_CORRUPT: a rule fails its own test; others as sigma_load(). Then `why` is a sentence that
 * begins with "it".
 */
ERR_CHECK enum err detect_load(struct detect *d, struct str bytes, char why[DETECT_WHY_MAX]);

/* Use the pack again that was in use before the last one was loaded. False: there is none. */
bool detect_back(struct detect *d);

/* The pack in use; NULL: there is none. */
const struct detect_pack *detect_pack(const struct detect *d);

/* Whether there are rules about log lines, so that these are to be judged, too. */
bool detect_reads_lines(const struct detect *d);

/* What is to be judged. */
struct detect_input {
	const struct event *event;
	uint32_t times;	 /* how often it happened, at least 1 */
	bool line;	 /* its line alone, whatever it means */
	struct now when; /* it was the last time */
};

/* Judge an event, which must outlive the calls of detect_next(). */
void detect_judge(struct detect *d, const struct detect_input *in);

/* A rule or correlation that the event matches and that is to be told of. */
struct detect_found {
	struct pack_about about;
	const struct sigma_hits *hits; /* of a rule; NULL: it is a correlation */
	const struct field *subject; /* the first field that a correlation groups by; NULL: it is a rule, or by none */
	uint32_t window_s;	     /* of a correlation; 0: it is a rule */
};

/* The next one. False: there is none any more. */
bool detect_next(struct detect *d, struct detect_found *out);

/* Have detect_next() begin again with what the last event matches. */
void detect_again(struct detect *d);

/* Append why it was found, in words: "Image ends with '/nc'; CommandLine contains ' -e '". */
void detect_why(const struct detect *d, const struct detect_found *found, struct buf *b);
