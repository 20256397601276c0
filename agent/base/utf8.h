/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629). */
#pragma once

#include "agent/base/str.h"

/* The length of the well-formed sequence (section 4) that s begins with; 0: it begins with none. */
size_t utf8_len(struct str s);
