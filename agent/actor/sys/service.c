/* SPDX-License-Identifier: Apache-2.0 */
/* Puts together what script, links, processes and ports show of a service. */
#include "agent/actor/sys/service.h"

#include "agent/actor/sys/service_boot.h"
#include "agent/actor/sys/service_procs.h"

#include <stdio.h>

enum err service_look(const struct service_ask *ask, struct service_state *out, char why[SERVICE_WHY_MAX])
{
	enum err err;

	*out = (struct service_state){.processes = 0};
	err = service_boot_find(ask->manager, ask->name, &out->boot, why);
	if (err == ERR_OK)
		service_procs_find(ask->name, ask->core, out);
	return err;
}

bool service_runs(const struct service_state *now)
{
	return now->processes > 0 || now->waits;
}

bool service_may_run(const struct service_state *now)
{
	return service_runs(now) || now->unsure;
}

bool service_is_down(const struct service_state *now, const uint16_t *ports, unsigned count, char why[SERVICE_WHY_MAX])
{
	if (now->processes > 0) {
		snprintf(why, SERVICE_WHY_MAX, "process %d of it runs", (int)now->pid);
		return false;
	}
	if (now->waits) {
		snprintf(why, SERVICE_WHY_MAX, "its socket waits for connections still");
		return false;
	}
	for (unsigned i = 0; i < count && i < SERVICE_PORTS_MAX; i++)
		if (service_procs_listen(ports[i])) {
			snprintf(why, SERVICE_WHY_MAX, "port %u is open still, of another program", ports[i]);
			return false;
		}
	return true;
}
