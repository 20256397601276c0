/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of the service as recorded events (agent/event/recorded.h), on which packs of rules are tried: fields have
 * their Sigma names, and `logsource` says what they are about.
 */
#pragma once

#include <jansson.h>

/*
 * Print an event as one line. Nothing is printed of what no rule judges: findings, receipts and health, programs that
 * end, listeners and files that are gone.
 */
void event_sigma_print(json_t *item);
