/* SPDX-License-Identifier: Apache-2.0 */
/* The two parts that tell outputs of incidents, by the service's settings. In a build without them these do nothing. */
#pragma once

#include "server-stub/alert/alerts.h"
#include "server-stub/fleet/fleet_conf.h"

struct alerting {
	struct aide *courier;
	struct alerts *alerts;
};

/* Start the courier: while there is one thread, and as the user that the service becomes. ERR_TOO_LONG, ERR_IO. */
ERR_CHECK enum err alerting_open(struct alerting *a, const char *dir, const struct fleet_conf *conf);

/* Start the thread, behind the fence. Errors of the store. */
ERR_CHECK enum err alerting_start(struct alerting *a, const char *path, const uint8_t *fleet);

/* From any thread. */
void alerting_wake(struct alerting *a);

/* End the thread; and the courier. */
void alerting_stop(struct alerting *a);
void alerting_close(struct alerting *a);
