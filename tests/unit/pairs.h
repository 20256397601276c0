/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of keys for the tests of who signed what. */
#pragma once

#include "agent/base/key.h"

/* Make `count` pairs from the kernel's random numbers. Returns 0, or -1 when one can't be made (as cmocka wants it). */
int pairs_make(struct key_der private_keys[], struct key_der public_keys[], unsigned count);
