/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow up to a bound given with each addition. The service may allocate; the guard does not. */
#pragma once

#include "agent/base/err.h"

#include <stddef.h>

struct bytes {
	char *data;
	size_t len, cap;
};

/* Append. ERR_TOO_LONG: it would be more than max; ERR_NO_MEMORY. Nothing is appended then. */
ERR_CHECK enum err bytes_add(struct bytes *b, const void *data, size_t len, size_t max);
void bytes_free(struct bytes *b);
