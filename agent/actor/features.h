/* SPDX-License-Identifier: Apache-2.0 */
/* What this build was configured with. */
#pragma once

#include <stdio.h>

/* One "NAME=y" or "NAME=number" a line, and "# NAME is not set" for what was left out, as in .config. */
void features_print(FILE *out);
