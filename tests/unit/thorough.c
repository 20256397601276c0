/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/thorough.h"

#include <stdlib.h>
#include <string.h>

unsigned thorough_times(unsigned quick, unsigned thorough)
{
	const char *asked = getenv("THOROUGH");

	return asked && strcmp(asked, "1") == 0 ? thorough : quick;
}

unsigned thorough_step(unsigned quick)
{
	return thorough_times(quick, 1);
}
