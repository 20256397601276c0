/* SPDX-License-Identifier: Apache-2.0 */
/* Suspensions in force: what suspend.c and suspension.c share. */
#pragma once

#include "agent/actor/sys/freeze.h"
#include "agent/actor/verb/actor.h"

/* What sys/freeze.c has to know about a suspension with these arguments. */
struct freeze_job suspension_job(struct actor *a, const struct verb_args *args);

/* This boot of the machine, as the records have it. */
uint64_t suspension_boot(const struct actor *a);

/* The record of one in force. ERR_INVALID: it cannot be read. */
ERR_CHECK enum err suspension_record(const struct effect_more *more, struct freeze_undo *out);

/*
 * freeze_apply() for one in force: a longer record is in ledger and journal before what was added is stopped. `text`
 * and the errors are those of freeze_apply; *count is of the processes in the record.
 */
ERR_CHECK enum err suspension_hold(struct actor *a, struct effect *e, char text[FREEZE_TEXT_MAX], uint32_t *count);

/* At start: stop again what somebody continued meanwhile; end what is void, with a receipt. */
enum err suspension_reconcile(struct actor *a, unsigned *missing);

/* Looks at the suspensions within a second, again and again while there are any. */
extern const struct means suspension_means;
