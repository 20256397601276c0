/* SPDX-License-Identifier: Apache-2.0 */
/* Who a command is for: --device, which may be given again, --group or --all. Messages are printed here. */
#pragma once

#include "server-stub/cli/opts.h"

#include <jansson.h>

/* OPTS_GO_ON if exactly one of the three was given, else the exit status after a message. */
int fleet_aim_check(const struct opts_command *command, const struct opts_list *devices, const char *group, bool all);

/* Put what was given into the body of a call, as "devices", "group" or "all". */
void fleet_aim_put(json_t *body, const struct opts_list *devices, const char *group, bool all);
