/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of values for placeholders, as "%Servers%": a YAML map of names, each
 * with a value or a list of values. */
#pragma once

#include "server-stub/sigma/doc.h"
#include "server-stub/sigma/value.h"

#define LISTS_VALUES_MAX 10000 /* values that one value of a rule becomes */

/*
 * The values that a value of a rule becomes when its placeholders are filled,
 * each with each. NULL: *e says which list is missing, or that there are too
 * many values. `lists` may be NULL.
 */
struct value *lists_fill(struct arena *a, const struct doc *lists, const struct doc *text, struct doc_error *e);
