/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a receipt: what a device did, whether it was read back, and the time of each step. */
#pragma once

#include <jansson.h>

#include <stdint.h>

/* Print it in two or three lines. waited_us: the time from the push to this receipt; -1: unknown. */
void receipt_print(json_t *receipt, int64_t waited_us);
