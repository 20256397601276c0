/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the configuration of this build. */
#pragma once

#include <stdio.h>

/*
 * Print a line "NAME=y" or "NAME=number" for each option, and "# NAME is not set" for one that is off, as in .config.
 */
void features_print(FILE *out);
