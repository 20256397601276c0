/* SPDX-License-Identifier: Apache-2.0 */
/* What a person does to an incident, as an entry of the log (LOG_DEED). The views show it when they come to it. */
#pragma once

#include "server-stub/store/log.h"
#include "server-stub/store/views.h"

/* Append it, with n->wall_us as the time. `n` stays the caller's. */
ERR_CHECK enum err deed_append(struct store *s, const struct views_note *n);

/* Read an entry. ERR_PROTOCOL: it is none, or of a later version. */
ERR_CHECK enum err deed_read(const struct log_batch *entry, struct views_note *out);
