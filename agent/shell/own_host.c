/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel once what this machine is called. Never looks into a log. */
#include "agent/shell/own_host.h"

#include "agent/sensors/log/log_cut.h"

#include <sys/utsname.h>

void own_host_tell(void)
{
	struct utsname names;

	if (uname(&names) == 0)
		log_cut_own_host(str_from(names.nodename));
}
