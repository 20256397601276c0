/* SPDX-License-Identifier: Apache-2.0 */
/* A full disk or a closed pipe shows when stdio writes, at the latest here. What was printed may be a secret that is
 * told once, so it must not get lost in silence. */
#include "agent/base/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int output_end(const struct output_end *e)
{
	int error;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return e->status;
	error = errno;
	if (error != EPIPE)
		fprintf(stderr, "%s: standard output: %s\n", e->program,
			error ? strerror(error) : "not all of it could be written");
	return e->status ? e->status : e->lost;
}
