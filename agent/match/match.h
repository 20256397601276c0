/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns with named fields, on a matcher whose time grows with the length of the text and never faster. A pattern is
 * compiled to a fixed number of steps of an automaton, and all its ways are followed at once (Thompson 1968; Pike's way
 * to keep fields), so no text makes it slow. It allocates nothing.
 *
 * The language is that of POSIX extended regular expressions (XBD 9.4) without back-references, and with fields:
 *	^ $		begin and end of the text: each pattern has both, and has them there only
 *	. [abc] [^a-z] [[:digit:]]	any byte, one of a set
 *	* + ? {2} {2,} {2,5}		repeat what stands before, as often as possible
 *	(a|b)		alternatives, which stand in parentheses
 *	\.		the byte itself; only punctuation is written so
 *	(?<user>[a-z]+)	a field and what it may be
 *	<src> <port> <user> <service>	the same with the fields' own sets: the bytes of addresses and host names, one
 *			to five digits, any bytes, the bytes of names
 * A field stands in a pattern at most once, and not within a repetition other than '?'.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define MATCH_OPS_MAX 255   /* steps of one pattern, with its repetitions written out */
#define MATCH_SETS_MAX 16   /* different sets of one pattern */
#define MATCH_DEPTH_MAX 8   /* parentheses within parentheses */
#define MATCH_TEXT_MAX 4096 /* bytes of the longest text; a longer one does not match */
#define MATCH_WHY_MAX 96

enum match_field { MATCH_SRC, MATCH_PORT, MATCH_USER, MATCH_SERVICE, MATCH_FIELDS };

enum match_kind {
	MATCH_BYTE,  /* take the byte `value` */
	MATCH_SET,   /* take a byte of the set number `value` */
	MATCH_MARK,  /* field `value` / 2 begins here, or ends here if `value` is odd */
	MATCH_JUMP,  /* go on at `next` */
	MATCH_SPLIT, /* go on at `next`, or else at `other` */
	MATCH_END,   /* the text must have ended */
};

struct match_op {
	uint8_t kind, value;
	uint8_t next, other; /* MATCH_JUMP, MATCH_SPLIT; after all others comes the following step */
};

struct match {
	uint16_t count;	 /* of ops */
	uint8_t sets;	 /* how many */
	uint8_t literal; /* how many of the first ops are bytes, with which each text must begin */
	uint8_t fields;	 /* bit 1 << field: the pattern has it */
	struct match_op ops[MATCH_OPS_MAX];
	uint32_t set[MATCH_SETS_MAX][8]; /* bit c % 32 of word c / 32: the byte c is in the set */
};

/*
 * Compile a pattern. ERR_INVALID: it is none; ERR_FULL: it has more steps or sets than there is room for. `why` is a
 * phrase that says what is wrong, and *m is of no use.
 */
ERR_CHECK enum err match_compile(struct match *m, struct str pattern, char why[MATCH_WHY_MAX]);

/*
 * Whether the pattern describes the whole text. fields[] are the parts of the text that are fields; one without data
 * is not in it. Not for two threads at once.
 */
bool match_run(const struct match *m, struct str text, struct str fields[MATCH_FIELDS]);

/* Whether the byte may be taken by the step, which is a MATCH_BYTE or MATCH_SET. */
static inline bool match_takes(const struct match *m, const struct match_op *op, uint8_t byte)
{
	return op->kind == MATCH_BYTE ? op->value == byte : m->set[op->value][byte / 32] >> byte % 32 & 1;
}
