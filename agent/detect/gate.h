/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rules of a pack can match an event, so that the others cost nothing, however many they are. Of each rule's
 * condition the gate knows some texts of which one must be in the event; the event's values are gone over once, and
 * three bytes at a time are looked up. A rule of which no such text is known (it has a regular expression alone, say)
 * is always let through. Ends of values are looked up, too, so "ends with /nc" is a text of four bytes.
 */
#pragma once

#include "agent/base/str.h"
#include "proto/pack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GATE_FIELDS_MAX 128u /* fields that are gone over; rules that need others are always let through */
#define GATE_KINDS_MAX 16u   /* kinds of events */

struct gate_limits {
	uint32_t rules;
	uint32_t texts; /* of all rules; rules whose texts find no room are always let through */
};

/* A text of which the gate knows that a rule needs it, found by three of its bytes. */
struct gate_text {
	uint32_t key;  /* the three bytes */
	uint32_t from; /* the text's place in the pack */
	uint16_t len;
	uint16_t rule;
	uint8_t field; /* GATE_FIELDS_MAX: any */
	uint8_t at;    /* the three bytes' place, where the value's beginning, if it counts, is one more byte */
	uint8_t ends;  /* GATE_BEGIN, GATE_END: the text is at the value's beginning, at its end */
};

struct gate {
	struct gate_limits limits;
	const struct pack *pack;
	const uint16_t *kinds; /* of each rule: bits of the kinds that it is about */
	struct gate_text *texts;
	uint32_t text_count;
	uint32_t *bits; /* which keys there are */
	uint8_t bits_log;
	uint16_t *always; /* rules that are let through, by kind */
	uint32_t always_from[GATE_KINDS_MAX + 1];
	uint16_t fields[GATE_FIELDS_MAX + 1]; /* of each field, and of any: bits of the kinds that need it */
	uint32_t *seen;			      /* of each rule: the last event that it was let through for */
	uint32_t event;
	uint8_t kind;
	uint16_t *passed;
	uint32_t passed_count;
	uint64_t work; /* what looking for texts has cost: those with a key that was there, and bytes compared */
};

/* Bytes of memory. */
size_t gate_size(const struct gate_limits *limits);

/* Begin without a pack in memory of gate_size() bytes, aligned to 8, which must outlive the gate. */
void gate_init(struct gate *g, void *memory, const struct gate_limits *limits);

/*
 * Learn a pack's rules: kinds[n] has the bits of the kinds that rule n is about. Both must outlive their use here. At
 * most limits.rules of them are learnt.
 */
void gate_learn(struct gate *g, const struct pack *pack, const uint16_t *kinds);

/* Whether there are rules about events of that kind. */
bool gate_has(const struct gate *g, unsigned kind);

/* Begin to look at an event of that kind. */
void gate_begin(struct gate *g, unsigned kind);

/* Whether rules about the event's kind need the value of that field (GATE_FIELDS_MAX: each value, and its line). */
bool gate_wants(const struct gate *g, unsigned field);

/* Give a value of a field. The time grows with its length, and not with the number of rules that it does not concern.
 */
void gate_look(struct gate *g, unsigned field, struct str value);

/* The numbers of the rules that can match, until the next gate_begin(). */
struct gate_passed {
	const uint16_t *rules;
	uint32_t count;
};
struct gate_passed gate_passed(const struct gate *g);
