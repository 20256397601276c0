/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait for the envoy, ENVOY_AT_ONCE at most. On the API's thread. */
#pragma once

#include "server-stub/outside/envoy.h"

#include <stdbool.h>

struct api;
struct call;
struct sso_wait;

/* Listen to env.sso.envoy on the API's loop; *out stays NULL where there is none. ERR_NO_MEMORY. */
ERR_CHECK enum err sso_wait_open(struct api *api, struct sso_wait **out);

/*
 * Give the envoy a job, and have `done` answer the call. The call is pending; false after an answer: the envoy has
 * enough to do, or there is none. A job that is not answered in ENVOY_ANSWER_S has an answer that says so.
 */
bool sso_wait_begin(struct call *call, struct envoy_job *job,
		    void (*done)(struct call *call, const struct envoy_answer *answer));

/* Forget all calls, whose connections are closed already, and close the handles. NULL does nothing. */
void sso_wait_stop(struct sso_wait *w);

/* After the loop has ended. */
void sso_wait_free(struct sso_wait *w);
