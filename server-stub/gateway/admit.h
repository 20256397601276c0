/* SPDX-License-Identifier: Apache-2.0 */
/* The desk at which devices enrol: who they are, their row, certificate and receipt key, and what is written of it. */
#pragma once

#include "agent/base/budget.h"
#include "agent/base/say.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/gateway/job.h"

struct admit {
	const struct fleet *fleet;
	struct store *store;
	struct say_limit *limit;
	struct budget refusals; /* rows of the audit log */
	unsigned unwritten;	/* refusals beyond it */
};

/*
 * Answer a JOB_ENROLL: its frame, and `replaced` when the device's open connection must end. All that is stored is in
 * one transaction. A device that comes back leaves a row in the audit log; an old copy of one, an incident. The
 * receipt key of a new device is bound to it, and with an operator's word a device's new key replaces the one before;
 * with only its old certificate's key a device keeps the receipt key that it has. Prints who joined. A
 * device whose factory certificate a manufacturer has signed that is named here, and that may not join nevertheless,
 * leaves a row, too: as many as `refusals` allows, and the next row then says how many more there were.
 */
void admit(struct admit *desk, struct job *job);
