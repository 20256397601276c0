/* SPDX-License-Identifier: Apache-2.0 */
/* Reports a failed assertion and aborts. Never called for bad input. */
#include "agent/base/require.h"

#include <stdio.h>
#include <stdlib.h>

void require_failed(const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: require(%s) failed\n", file, line, text);
	abort();
}
