/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal numbers as texts: a sign, digits, a fraction, an exponent of up to three digits ("-12", "0.5", "1e6"). They
 * are compared by their digits, so exactly, however long they are.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>

/* Whether the whole text is such a number. */
bool decimal_valid(struct str text);

/* Below 0, 0 or above 0, as one is below, equal to or above the other. Both are numbers. */
int decimal_compare(struct str one, struct str other);
