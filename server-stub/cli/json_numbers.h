/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of JSON that are larger than the library's: RFC 8259 sets no limit, and kernels count in 64 bits without
 * sign. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

/*
 * Append a text of JSON in which each number that neither a signed 64-bit integer nor a double can hold stands in
 * quotes, with its digits as they are. What is no JSON stays none. The text has a NUL behind it.
 */
void json_numbers_quote(struct buf *out, struct str text);
