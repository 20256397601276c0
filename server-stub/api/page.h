/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists: {"items":[...],"next":"..."}. `next` is the cursor of the next page, or null at the end; callers pass it back
 * unread as ?after=. A page ends at its limit, or earlier when CALL_PAGE_FULL bytes are written.
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

/* Read ?limit= and begin the answer. False after an error answer. */
bool page_begin(struct page *p, struct call *call);

/* Call it before each item. False: the page has no room for it. */
bool page_room(struct page *p);

/* End the answer. */
void page_end(struct page *p);

/* Read ?after= as a number; 0 when absent. False after an error answer. */
bool page_after(struct call *call, uint64_t *after);

/* Find the device that ?device= names; *found says whether it was given. False after an error answer. */
bool page_device(struct call *call, bool *found, struct registry_device *device);

/* Read a query parameter as text. False after an error answer. */
bool page_text(struct call *call, const char *name, char *out, size_t cap);

/* Read a query parameter that is one of the words; *out is its place from 1, or 0 when absent. False after an error
 * answer. */
bool page_word(struct call *call, const char *name, const char *words, unsigned *out);
