/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts for people: what a device did, whether it is proven, and how long each step took. */
#pragma once

#include <jansson.h>

#include <stdint.h>

/* A line or two. waited_us: from the push to this receipt, -1 when nobody waited. */
void receipt_print(json_t *receipt, int64_t waited_us);
