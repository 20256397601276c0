/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that signs certificates. An enrolment or a renewal takes milliseconds of arithmetic and a commit, so
 * neither the loops nor the writer do them.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/gateway/job.h"

#define CLERK_WAITING_MAX 512 /* beyond it devices are told to come back later */
#define CLERK_REFUSALS_MAX 60 /* that the audit log takes within CLERK_REFUSALS_US */
#define CLERK_REFUSALS_US (INT64_C(600) * 1000000)
#define CLERK_APPROVAL_RETRY_S 15 /* a device that waits for approval is told to ask again after this time */

struct clerk;

/* Open a handle of the store at `path` and start the thread. The fleet stays the caller's and must not change. Errors
 * of the store, ERR_NO_MEMORY. */
ERR_CHECK enum err clerk_start(const struct fleet *fleet, const char *path, struct clerk **out);

/* Take over a JOB_ENROLL or JOB_RENEW; the answer goes to its loop. False: CLERK_WAITING_MAX wait, and the job stays
 * the caller's. */
bool clerk_ask(struct clerk *c, struct job *job);

/* Why a JOB_RENEW was answered with an error. */
const char *clerk_why_not_renewed(enum err err);

/* Finish the jobs that wait, answer them and end the thread; then free. Both do nothing for NULL. */
void clerk_stop(struct clerk *c);
void clerk_free(struct clerk *c);
