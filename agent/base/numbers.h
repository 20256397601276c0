/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers in short texts of the kernel and of the service manager. */
#pragma once

#include <stdint.h>

/*
 * Read up to `max` numbers from the front of `text`: digits, with blanks before a number and either those or one
 * `between` behind the one before it. Returns how many there are; reading ends at what is none, or does not fit 64
 * bits.
 */
unsigned numbers_read(const char *text, char between, uint64_t *out, unsigned max);
