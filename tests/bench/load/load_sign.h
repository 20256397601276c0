/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an order cannot do without, and nothing of ours: one ECDSA signature (P-256, SHA-256) is made, one is verified,
 * and an append is made durable on each side. One process does it all, one after another, with keys read beforehand.
 */
#pragma once

#include <stdint.h>

/* The appends go into `folder`. Exits with a sentence on failure. */
void load_sign_open(const char *folder);

/* Microseconds of one order; -1: it failed. */
int64_t load_sign_once(void);
