/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timeline of an incident: what each of its rules found, in the order in which they began. It is kept as rows
 * (agent/base/rows.h) in one text, at most TIMELINE_MAX bytes of it. Where there is no room for all, those of the
 * lowest level are left out, of these the ones that began last; the text then says that it is cut. Pure.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_MAX 8192

struct timeline_part {
	char rule[STORE_NAME_MAX], title[STORE_TEXT_MAX], author[STORE_NAME_MAX];
	char link[STORE_TEXT_MAX]; /* where the rule is explained; empty: nowhere */
	char tags[STORE_TEXT_MAX]; /* joined by a comma */
	uint8_t level;		   /* enum severity, of the rule */
	bool won;		   /* an attempt succeeded */
	uint32_t count;
	int64_t first_us, last_us;
};

/* Take the next part from the front of a timeline. False: there is none any more. */
bool timeline_next(struct str *rest, struct timeline_part *out);

/* The part of a rule. False: there is none. */
bool timeline_find(const char *text, const char *rule, struct timeline_part *out);

/* Put what is known of a rule now in the place of what was, or add it. A text that is left out stays. `text` is a
 * timeline, "" at first. */
void timeline_put(char text[TIMELINE_MAX], const struct timeline_part *part);

/* Add all that another timeline has: counts of the same rule become one. */
void timeline_merge(char text[TIMELINE_MAX], const char *other);

/* Whether parts were left out for want of room; and what they found of all that the incident counts, 0: none were. */
bool timeline_is_cut(const char *text);
uint32_t timeline_left_out(const char *text, uint32_t count);

/* The part of the highest level, of these the first: it says what the incident is. False: there is no part. */
bool timeline_head(const char *text, struct timeline_part *out);
