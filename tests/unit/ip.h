/* SPDX-License-Identifier: Apache-2.0 */
/* ip(8), for tests in a network namespace of their own. */
#pragma once

#include <stdbool.h>

/* Run it with these words, divided by single spaces: "link set lo up", up to 160 bytes. False when it fails. */
bool ip_run(const char *words);
