/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pack of rules: Sigma rules and correlations as tables, which the command line compiles and the guard matches events
 * with (agent/sigma). A pack is one object of the link (object.h), whose statement is signed; it holds no signature.
 * All integers are big-endian:
 *
 *   "CTP1"  format:u16 (1)  sections:u16
 *   ( section:u16  flags:u16  bytes:u32 ) * sections
 *   the sections, in the same order, with nothing between them and nothing behind the last
 *
 * Sections have rising numbers. A reader passes over one that it does not know, unless its flag PACK_REQUIRED says that
 * the pack means something else without it; then the pack is refused. Sections 1 to 7 are in each pack, the others
 * where they have rows. A text is the number of a string; number 0 is the empty one, which stands for "none" as well.
 *
 *   1 HEAD          version:u64  name:text  needs:u16  ( need:text ) * needs
 *   2 STRINGS       count:u32  ( end:u32 ) * count  bytes: string n goes from the end of n - 1 to its own end
 *   3 FIELDS        ( name:text ): fields of events by their Sigma names, as rules have them
 *   4 RULES         ( id title author reference falsepositives tags category product service : text each
 *                     node:u32  level:u8  status:u8  flags:u16 )
 *   5 NODES         ( kind:u8  0:u8[3]  arg:u32 ): conditions, see enum pack_node_kind
 *   6 MATCHERS      ( field:u16  0:u16  first:u32  count:u32 ): a field, or PACK_WHOLE, and patterns, of which one fits
 *   7 PATTERNS      ( kind:u8  flags:u8  extra:u16  text:u32 ): see enum pack_pattern_kind
 *   8 CORRELATIONS  ( id title author reference falsepositives tags : text each  timespan_s least most unequal
 *                     ref_first : u32 each  refs:u16  groups:u8  values:u8  level:u8  status:u8  type:u8  flags:u8 )
 *   9 REFS          ( target:u32  fields:u32 ): what a correlation counts, and the first of its fields there
 *  10 REF_FIELDS    ( field:u16 ): for each ref the fields to group by and then those whose values are counted
 *  11 TESTS         ( target:u32  matches:u8  0:u8[3]  first:u32  count:u32 ): events that tell whether a rule works
 *  12 TEST_VALUES   ( name:text  value:text ): the fields of such an event; an empty name begins a later one, `value`
 *                   seconds after the one before
 *
 * Several tags, and several references, stand in one text with a line feed between them. Sections from 64 on are for
 * what makes matching fast, and a pack says the same without them.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define PACK_FORMAT 1
#define PACK_BYTES_MAX (8u << 20)
#define PACK_SECTIONS_MAX 32
#define PACK_NAME_MAX 48	/* bytes of a pack's name */
#define PACK_RULES_MAX 8192	/* and as many correlations */
#define PACK_STRINGS_MAX 131072 /* different ones */
#define PACK_STRING_MAX 65535	/* bytes of one */
#define PACK_NEEDS_MAX 16
#define PACK_DEPTH_MAX 40    /* nodes within nodes */
#define PACK_REFS_MAX 16     /* of one correlation */
#define PACK_GROUPS_MAX 8    /* fields to group by, and as many whose values are counted */
#define PACK_COUNT_MAX 65535 /* least, most and unequal of a correlation */
#define PACK_WHY_MAX 160

#define PACK_REQUIRED 1		     /* flag of a section */
#define PACK_WHOLE 0xffff	     /* instead of a field: each value of the event */
#define PACK_NO_LIMIT 0xffffffff     /* most, unequal */
#define PACK_CORRELATION 0x80000000u /* bit of a target: a correlation, which stands before the one that counts it */

enum pack_section {
	PACK_HEAD = 1,
	PACK_STRINGS,
	PACK_FIELDS,
	PACK_RULES,
	PACK_NODES,
	PACK_MATCHERS,
	PACK_PATTERNS,
	PACK_CORRELATIONS,
	PACK_REFS,
	PACK_REF_FIELDS,
	PACK_TESTS,
	PACK_TEST_VALUES,
	PACK_SECTIONS_KNOWN,
};

/* A node of a condition. Those within it follow it at once, each with all that is within it, up to node `arg`. */
enum pack_node_kind {
	PACK_AND = 1, /* all that is within; nothing within: true */
	PACK_OR,      /* one that is within; nothing within: false */
	PACK_NOT,     /* its one node is false */
	PACK_MATCH,   /* matcher number `arg`, and nothing within */
};

/* What a pattern says of a field's value. Letters' case does not count, unless its flag PACK_CASED says so. */
enum pack_pattern_kind {
	PACK_EQUALS = 1, /* the value is the text; then: begins with, ends with, contains it */
	PACK_STARTS,
	PACK_ENDS,
	PACK_CONTAINS,
	PACK_GLOB,  /* text: a pattern with wildcards, agent/sigma/glob.h */
	PACK_REGEX, /* text: a program, agent/sigma/regex.h */
	PACK_CIDR,  /* text: ADDR_SAVED bytes of a network */
	PACK_LT,    /* the value is a number below the decimal number `text`; then: not above, above, not below it */
	PACK_LTE,
	PACK_GT,
	PACK_GTE,
	PACK_NULL,   /* the event does not have the field, or has it without a value */
	PACK_EXISTS, /* the event has the field, with a value or without */
	PACK_FIELD,  /* the value equals that of field `extra`, or by its flags begins with, ends with, contains it */
	PACK_TIME,   /* the part `extra` & 15 (enum pack_time) of the time that the value is compares with the number
			`text`   as pattern kind `extra` >> 4 says */
	PACK_PATTERN_KINDS,
};

enum pack_pattern_flag {
	PACK_CASED = 1,
	PACK_FIELD_STARTS = 2,
	PACK_FIELD_ENDS = 4,
	PACK_FIELD_CONTAINS = 6,
	PACK_FIELD_HOW = 6, /* mask of the three */
};

enum pack_time { PACK_MINUTE, PACK_HOUR, PACK_DAY, PACK_WEEK, PACK_MONTH, PACK_YEAR, PACK_TIMES };

enum pack_level { PACK_LEVEL_NONE, PACK_INFORMATIONAL, PACK_LOW, PACK_MEDIUM, PACK_HIGH, PACK_CRITICAL, PACK_LEVELS };

enum pack_status {
	PACK_STATUS_NONE,
	PACK_EXPERIMENTAL,
	PACK_TEST,
	PACK_STABLE,
	PACK_DEPRECATED,
	PACK_UNSUPPORTED,
	PACK_STATUSES
};

enum pack_correlation_type {
	PACK_EVENT_COUNT = 1,
	PACK_VALUE_COUNT,
	PACK_TEMPORAL,
	PACK_TEMPORAL_ORDERED,
	PACK_CORRELATION_TYPES
};

#define PACK_QUIET                                                                                        \
	1 /* flag of a rule or correlation: it is there for correlations only, and raises no alert itself \
	   */

/* What rules and correlations have in common. The strings are borrowed from the pack. */
struct pack_about {
	struct str id, title, author;
	struct str references, tags; /* lines */
	struct str falsepositives;
	uint8_t level;	/* enum pack_level */
	uint8_t status; /* enum pack_status */
	uint16_t flags; /* PACK_QUIET */
};

struct pack_rule {
	struct pack_about about;
	struct str category, product, service; /* of its logsource; empty: any */
	uint32_t node;			       /* the root of its condition */
};

struct pack_node {
	uint8_t kind; /* enum pack_node_kind */
	uint32_t arg;
};

struct pack_matcher {
	uint16_t field; /* number of a field, or PACK_WHOLE */
	uint32_t first, count;
};

struct pack_pattern {
	uint8_t kind;  /* enum pack_pattern_kind */
	uint8_t flags; /* enum pack_pattern_flag */
	uint16_t extra;
	struct str text;
};

struct pack_correlation {
	struct pack_about about;
	uint32_t timespan_s;
	uint32_t least, most; /* of events, values or rules, within the time span; most: PACK_NO_LIMIT */
	uint32_t unequal;     /* and not this number; PACK_NO_LIMIT: none */
	uint32_t ref_first;
	uint16_t refs;
	uint8_t groups, values; /* fields to group by; fields whose values are counted, taken together */
	uint8_t type;		/* enum pack_correlation_type */
};

struct pack_ref {
	uint32_t target; /* number of a rule, or PACK_CORRELATION | number of a correlation */
	uint32_t fields; /* the first of groups + values ref fields */
};

struct pack_test {
	uint32_t target; /* as of a ref */
	bool matches;	 /* whether it is to match */
	uint32_t first, count;
};

struct pack_test_value {
	struct str name, value;
};

/* A table of rows of one size. */
struct pack_rows {
	const uint8_t *data;
	uint32_t count;
};

/* A pack that was checked. A plain value over the pack's bytes, which it borrows. */
struct pack {
	struct str bytes;
	uint64_t version;
	struct str name;
	uint32_t needs_count;
	struct pack_rows rows[PACK_SECTIONS_KNOWN]; /* by enum pack_section */
	const uint8_t *string_bytes;
};

/*
 * Check a pack and begin to read it: every number in it names something that is there, every condition is whole. The
 * contents of patterns are checked by sigma_load() of agent/sigma/sigma.h. ERR_TRUNCATED, ERR_TOO_LONG (more than
 * PACK_BYTES_MAX, or another limit), ERR_UNSUPPORTED (a later format, or a section that has to be known), ERR_INVALID;
 * then `why` is a sentence that begins with "it", and *pack is zero.
 */
ERR_CHECK enum err pack_load(struct pack *pack, struct str bytes, char why[PACK_WHY_MAX]);

/* How many rows a section has; 0 for one that is not there. */
static inline uint32_t pack_count(const struct pack *p, enum pack_section section)
{
	return p->rows[section].count;
}

/* Rows by number, which must be below pack_count(). What they hold is borrowed from the pack. */
struct str pack_string(const struct pack *p, uint32_t number);
struct str pack_need(const struct pack *p, uint32_t number); /* below needs_count */
struct str pack_field(const struct pack *p, uint32_t number);
struct pack_rule pack_rule(const struct pack *p, uint32_t number);
struct pack_node pack_node(const struct pack *p, uint32_t number);
struct pack_matcher pack_matcher(const struct pack *p, uint32_t number);
struct pack_pattern pack_pattern(const struct pack *p, uint32_t number);
struct pack_correlation pack_correlation(const struct pack *p, uint32_t number);
struct pack_ref pack_ref(const struct pack *p, uint32_t number);
uint16_t pack_ref_field(const struct pack *p, uint32_t number);
struct pack_test pack_test(const struct pack *p, uint32_t number);
struct pack_test_value pack_test_value(const struct pack *p, uint32_t number);

/* The bytes of a section that this header does not know; STR_NONE: the pack does not have it. */
struct str pack_section_bytes(const struct pack *p, unsigned section);

/* The words of the Sigma specification: "high", "stable", "event_count"; "" for a number that is none. */
const char *pack_level_name(uint8_t level);
const char *pack_status_name(uint8_t status);
const char *pack_correlation_name(uint8_t type);
