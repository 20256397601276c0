/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a device sealed to the fleet's escrow key (base/key_stream.h), piece by piece. */
#pragma once

#include "agent/base/key.h"

/*
 * Open `file` ("-": standard input) with the private key, into a new file `out` ("-": standard output), which is not
 * there after a failure. Says what is wrong. Returns enum command_exit.
 */
int object_open(const char *file, const struct key_der *key, const char *out);
