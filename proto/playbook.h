/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A playbook: steps of verbs that are known before something happens, with blanks for what only an incident or an
 * operator can say. Bound to incidents, it runs on the device by itself; by hand, it becomes an order (proto/order.h).
 * This is its compiled form, small enough for the actor to read. All integers are big-endian, a text is len:u8 and its
 * bytes, printable ASCII:
 *
 *   "CTP1"  name:text  about:text  bound:u8 (0 or 1)  level:u8 (0..5)  approvals:u8 (1..3)  lasts_s:u32  until_s:i64
 *   rule_count:u8 (0..16) ( text )*  tag_count:u8 (0..16) ( text )*
 *   input_count:u8 (0..8) ( name:text  about:text )*
 *   step_count:u8 (1..8)
 *   ( verb:u16  when:u8  arguments, see verb_args_encode() in proto/verb.h
 *     blank_count:u8  ( tag:u8 (rising)  source:u8 )* )*
 *
 * Nothing follows. Steps are taken one after the other, each at most once; there is no other way, so no playbook runs
 * in a circle. One spelling: what decodes encodes to the same bytes. Pure.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"
#include "proto/object.h"
#include "proto/order.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAYBOOK_BYTES_MAX 4096
#define PLAYBOOK_KIND "playbook"   /* of the object (proto/object.h) that a bound one is, by its own name */
#define PLAYBOOK_WITHDRAWN "CTP0"  /* the bytes of an object that takes the place of one that is to run no more */
#define PLAYBOOK_BOUND_NAME_MAX 40 /* of a bound one, whose receipts name it where those of a rule name the rule */
#define PLAYBOOK_NAME_MAX OBJECT_NAME_MAX /* with their NUL: */
#define PLAYBOOK_ABOUT_MAX 160
#define PLAYBOOK_INPUT_MAX 17
#define PLAYBOOK_RULE_MAX 40
#define PLAYBOOK_TAG_MAX 48
#define PLAYBOOK_RULES_MAX 16
#define PLAYBOOK_TAGS_MAX 16
#define PLAYBOOK_INPUTS_MAX 8
#define PLAYBOOK_APPROVALS_MAX 3	    /* signatures that come with one object or order */
#define PLAYBOOK_LASTS_MAX_S (400u * 86400) /* of a bound one; orders end sooner (ORDER_WINDOW_MAX_S) */
#define PLAYBOOK_WHY_MAX (ORDER_WHY_MAX + 32)

/* What fills a blank. Numbers are in signed bytes: append only. */
enum playbook_source {
	PLAYBOOK_GIVEN = 0, /* no blank: the value stands in the playbook */
	PLAYBOOK_ADDR = 1,  /* the address that the incident came from */
	PLAYBOOK_ACCOUNT = 2,
	PLAYBOOK_PID = 3,
	PLAYBOOK_TICKS = 4, /* when that process started */
	PLAYBOOK_PATH = 5,  /* of the file that the incident is about */
	PLAYBOOK_FIELDS = 6,
	PLAYBOOK_INPUT = 32, /* and the next PLAYBOOK_INPUTS_MAX: what the operator says */
};

struct playbook_step {
	uint8_t when; /* enum order_when */
	struct verb_args args;
	uint8_t from[VERB_PARAM_MAX]; /* enum playbook_source of each parameter */
};

struct playbook_input {
	char name[PLAYBOOK_INPUT_MAX]; /* a-z, 0-9 and '_', a letter first */
	char about[PLAYBOOK_ABOUT_MAX];
};

struct playbook {
	char name[PLAYBOOK_NAME_MAX]; /* as an object's */
	char about[PLAYBOOK_ABOUT_MAX];
	bool bound;    /* to incidents: those of one of the rules or with one of the tags, and at least that level */
	uint8_t level; /* enum severity; 0: any */
	uint8_t approvals; /* distinct signatures at least, whatever its verbs need */
	uint32_t lasts_s;  /* how long it may be run once it is signed; 0: it is not bound, and the order says */
	int64_t until_s;   /* wall time since 1970 when it was signed, and that; 0: not signed */
	uint8_t rule_count, tag_count, input_count, step_count;
	char rules[PLAYBOOK_RULES_MAX][PLAYBOOK_RULE_MAX];
	char tags[PLAYBOOK_TAGS_MAX][PLAYBOOK_TAG_MAX];
	struct playbook_input inputs[PLAYBOOK_INPUTS_MAX];
	struct playbook_step steps[ORDER_STEPS_MAX];
};

/* What an incident is about; texts are borrowed, and what it does not name is empty. */
struct playbook_case {
	struct str rule;
	const struct str *tags;
	unsigned tag_count;
	uint8_t level;			    /* enum severity */
	struct str fields[PLAYBOOK_FIELDS]; /* by enum playbook_source, as verb_arg_set() takes them */
	struct str inputs[PLAYBOOK_INPUTS_MAX];
};

/* "addr", "account", "pid", "path": a field of the incident as authors name it; NULL for one that they do not. */
const char *playbook_field_name(unsigned field);

/* The field of that name that fits a parameter of that type. PLAYBOOK_GIVEN: there is none. */
uint8_t playbook_field(struct str name, uint8_t verb_type);

/* Whether it may be an input's name. */
bool playbook_input_valid(struct str name);

/*
 * Whether the whole makes sense: every field in its range, each step's arguments with some values in the blanks
 * (order_check_steps), no blank of an input in a bound one. ERR_INVALID, ERR_UNSUPPORTED, ERR_PROTECTED; then `why` is
 * a sentence.
 */
ERR_CHECK enum err playbook_check(const struct playbook *p, char why[PLAYBOOK_WHY_MAX]);

/* Only its steps. */
ERR_CHECK enum err playbook_check_steps(const struct playbook *p, char why[PLAYBOOK_WHY_MAX]);

/* Append the bytes. Errors of playbook_check(); ERR_TOO_LONG: PLAYBOOK_BYTES_MAX, or the memory of b. */
ERR_CHECK enum err playbook_encode(struct buf *b, const struct playbook *p, char why[PLAYBOOK_WHY_MAX]);

/* Read them back, checked. ERR_TRUNCATED, ERR_TOO_LONG, and those of playbook_check(); then *out is zero. */
ERR_CHECK enum err playbook_decode(struct str bytes, struct playbook *out, char why[PLAYBOOK_WHY_MAX]);

/* Whether it is bound and runs for such an incident. `why` is the half sentence that says why not; it may be NULL. */
bool playbook_runs_for(const struct playbook *p, const struct playbook_case *c, char why[PLAYBOOK_WHY_MAX]);

/*
 * Write the steps, with the blanks filled, into the order, and nothing else of it. ERR_NOT_FOUND: the case does not
 * have what a blank wants; ERR_INVALID and the like: what it has makes no sense there. Then `why` is a sentence.
 */
ERR_CHECK enum err playbook_fill(const struct playbook *p, const struct playbook_case *c, struct order *out,
				 char why[PLAYBOOK_WHY_MAX]);

/* How many distinct signatures it needs: its approvals, or what the rows of its verbs say if that is more. */
unsigned playbook_signatures(const struct playbook *p);

/* Its verbs as a set: bit n is the verb of that number. */
uint64_t playbook_verbs(const struct playbook *p);

/* Append a step in words, its blanks as authors write them: "ban addr=$incident.addr duration_s=3600". */
void playbook_describe_step(struct buf *b, const struct playbook *p, unsigned step);
