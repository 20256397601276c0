/* SPDX-License-Identifier: Apache-2.0 */
/* Puts together what script, links, processes and ports show of a service. */
#include "agent/actor/sys/service.h"

#include "agent/actor/sys/service_boot.h"
#include "agent/actor/sys/service_procs.h"

#include <stdio.h>

enum err service_look(const char *name, pid_t core, struct service_state *out, char why[SERVICE_WHY_MAX])
{
	enum err err;

	*out = (struct service_state){.processes = 0};
	err = service_boot_find(name, &out->boot, why);
	if (err == ERR_OK)
		service_procs_find(name, core, out);
	return err;
}

bool service_is_down(const struct service_state *now, const uint16_t *ports, unsigned count, char why[SERVICE_WHY_MAX])
{
	if (now->processes > 0) {
		snprintf(why, SERVICE_WHY_MAX, "process %d of it runs", (int)now->pid);
		return false;
	}
	for (unsigned i = 0; i < count && i < SERVICE_PORTS_MAX; i++)
		if (service_procs_listen(ports[i])) {
			snprintf(why, SERVICE_WHY_MAX, "port %u is open still, of another program", ports[i]);
			return false;
		}
	return true;
}
