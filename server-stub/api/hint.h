/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether encoded records may pass a filter, by a look at their bytes, which costs a small part of unpacking them.
 * False is sure, but for the number of a process that a device encodes longer than it needs to be. Pure.
 */
#pragma once

#include "server-stub/api/record.h"

/* Whether any record of the encoded Batch may. */
bool hint_batch(const struct record_filter *f, struct str batch);

/* Whether this encoded Record may. */
bool hint_record(const struct record_filter *f, struct str record);
