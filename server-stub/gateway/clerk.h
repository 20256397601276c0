/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that signs certificates: enrolment and renewal take milliseconds of arithmetic and a commit each, so
 * neither the loops nor the writer do them.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/gateway/job.h"

#define CLERK_WAITING_MAX 512	  /* more are refused: come back */
#define CLERK_APPROVAL_RETRY_S 15 /* asked of devices that wait for approval */

struct clerk;

/* Opens its own handle of the store and starts the thread. The fleet stays the caller's and does not change. */
ERR_CHECK enum err clerk_start(const struct fleet *fleet, const char *path, struct clerk **out);

/* JOB_ENROLL or JOB_RENEW; false: too many wait, the job stays the caller's. */
bool clerk_ask(struct clerk *c, struct job *job);

/* As the writer's. */
void clerk_stop(struct clerk *c);
void clerk_free(struct clerk *c);
