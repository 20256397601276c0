/* SPDX-License-Identifier: Apache-2.0 */
/* The incidents and open findings in the saved state, for the core; base/saved.h says how such functions work. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/saved.h"
#include "agent/base/view.h"
#include "agent/incident/incident.h"

#include <stdint.h>

/* Append what identifiers are made from, and read it back, before the incidents. */
void incident_save_names(const struct incidents *t, struct buf *b);
void incident_restore_names(struct incidents *t, struct view *v);

/* Append the incidents, or the open findings, the latest first. Returns how many found no room in b. */
uint32_t incident_save(const struct incidents *t, struct buf *b, struct now now);
uint32_t incident_save_findings(const struct incidents *t, struct buf *b, struct now now);

/* Read incidents back, before their findings: until then they are closed. */
void incident_restore(struct incidents *t, struct view *v, const struct saved_as *as);

/*
 * Read findings back. One whose incident was not saved, as by a version without incidents of several findings, becomes
 * an incident of its own. Steps that wait for a witness wait INCIDENT_WITNESS_US from now. Returns how many are left
 * out because nobody knows their rule, not even by name.
 */
uint32_t incident_restore_findings(struct incidents *t, struct view *v, const struct saved_as *as);
