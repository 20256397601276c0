/* SPDX-License-Identifier: Apache-2.0 */
/* Rolls what a folder says out to a group, wave by wave. Messages are printed here. */
#pragma once

#include "server-stub/cli/fleet_state.h"

struct fleet_apply {
	struct rest *r;
	const struct opts_list *keys; /* of operators; none: the service signs */
	int64_t timeout_s;	      /* for which a wave is waited for */
	unsigned away;		      /* counted: devices that get it when they connect */
	unsigned empty;		      /* counted: groups without a device */
};

/*
 * Send what is missing, and go on with the next wave when every connected device of this one has it and none refused it
 * or went back. Run again, it goes on where it stopped, because it begins with what devices have. COMMAND_OK;
 * COMMAND_FAILED: a device refused something or took it back, and nobody behind it was sent anything;
 * COMMAND_UNREACHABLE: a wave did not end in time, or all of it are away; and other exit statuses.
 */
int fleet_apply_group(struct fleet_apply *a, struct fleet_group *g);
