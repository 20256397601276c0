/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what listened when the core was started, with the owners, samples (common/socket_sample.h) in a file. */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

/* The sample of the socket of that cookie in the bytes of the list; empty: the list has none. Pure. */
struct str socket_list_find(struct str list, uint64_t cookie);
