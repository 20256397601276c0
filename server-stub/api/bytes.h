/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow, up to a bound that each addition gives. Begin with zeros. For the service, which may allocate. */
#pragma once

#include "agent/base/err.h"

#include <stddef.h>

struct bytes {
	char *data;
	size_t len, cap;
};

/* Append bytes. ERR_TOO_LONG: they would be more than `max`; ERR_NO_MEMORY. After an error nothing was appended. */
ERR_CHECK enum err bytes_add(struct bytes *b, const void *data, size_t len, size_t max);

/* Free the bytes and make *b zeros. */
void bytes_free(struct bytes *b);
