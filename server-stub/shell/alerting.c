/* SPDX-License-Identifier: Apache-2.0 */
/* Gives settings to the courier and the courier to the thread. */
#include "server-stub/shell/alerting.h"

#include "server-stub/alert/courier.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/outside/aide.h"

#include <string.h>

enum err alerting_open(struct alerting *a, const char *dir, const struct fleet_conf *conf)
{
	static struct courier_setup setup;
	enum err err = ERR_OK;

	if (!IS_ENABLED(CONFIG_ALERTS))
		return ERR_OK;
	setup.allowed_count = conf->alert_allow_count;
	memcpy(setup.allowed, conf->alert_allow, sizeof(setup.allowed));
	setup.port_count = conf->alert_port_count;
	memcpy(setup.ports, conf->alert_ports, sizeof(setup.ports));
	if (conf->alert_ca[0])
		err = fleet_file_named((struct fleet_file){dir, conf->alert_ca}, setup.ca);
	return err == ERR_OK ? courier_start(&setup, &a->courier) : err;
}

enum err alerting_start(struct alerting *a, const char *path, const uint8_t *fleet)
{
	const struct alerts_setup setup = {.path = path, .fleet = fleet, .courier = a->courier};

	return IS_ENABLED(CONFIG_ALERTS) ? alerts_start(&setup, &a->alerts) : ERR_OK;
}

void alerting_wake(struct alerting *a)
{
	if (IS_ENABLED(CONFIG_ALERTS))
		alerts_wake(a->alerts);
}

void alerting_stop(struct alerting *a)
{
	if (!IS_ENABLED(CONFIG_ALERTS))
		return;
	alerts_stop(a->alerts);
	a->alerts = NULL;
}

void alerting_close(struct alerting *a)
{
	if (IS_ENABLED(CONFIG_ALERTS))
		aide_close(a->courier);
}
