/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes one incident of what a device tells of it, rule by rule: each finding says what one rule found by now and what
 * the incident is with that (record.proto). The incident is called by its rule of the highest level. For this folder
 * only; it knows no store.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/ingest/content.h"
#include "server-stub/store/views.h"

/*
 * Tell the incident of a finding of its own. ERR_INVALID: the incident's id has not 16 bytes. One that was merged into
 * another stays closed until the device has it open again. `seq` is the record's number in its spool: the spools of one
 * device may come in another order than it made them in, and of what is old news by number and time, only a rule counts
 * that is not known yet. `part` is what content_part read of it; one that names no rule gets the incident's.
 */
ERR_CHECK enum err gather_finding(const struct content *record, uint64_t seq, struct timeline_part *part,
				  struct views_incident *i);

/* `i` was merged into `into`, which goes on with all that was found. */
void gather_merge(struct views_incident *into, const struct views_incident *i);
