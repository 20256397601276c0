/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: {"items":[...],"next":"..."}. `next` is the cursor of the next page, null at the end; it is opaque to callers
 * and goes back as ?after=. A page ends at its limit or when it is full, so a list of large things still fits.
 */
#pragma once

#include "server-stub/api/call.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_DEFAULT 100
#define PAGE_MAX 500

struct page {
	struct call *call;
	struct json *j;
	unsigned limit, count;
	bool full;     /* there may be more behind this page */
	char next[64]; /* cursor behind the last item; used when full */
};

/* Read ?limit= and begin the answer. false after an error answer. */
bool page_begin(struct page *p, struct call *call);

/* Before an item: false when the page has no room for one more. */
bool page_room(struct page *p);

void page_end(struct page *p);

/* ?after= as a number; 0 when absent. false after an error answer. */
bool page_after(struct call *call, uint64_t *after);

/* ?device= as a device: *found says whether it was given. false after an error answer (no such device). */
bool page_device(struct call *call, bool *found, struct store_device *device);

/* A query parameter as text. false after an error answer. */
bool page_text(struct call *call, const char *name, char *out, size_t cap);

/* A query parameter that is one of the words: *out is its place, 1 and up; 0 when absent. false after an error answer.
 */
bool page_word(struct call *call, const char *name, const char *words, unsigned *out);
