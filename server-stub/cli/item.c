/* SPDX-License-Identifier: Apache-2.0 */
/* What a command does that is a single call. Its path and body are the command's own. */
#include "server-stub/cli/item.h"

#include "agent/cli/command.h"
#include "server-stub/cli/opts.h"

int item_run(const struct rest_call *call, void (*print)(json_t *answer))
{
	int status;
	struct rest *r = rest_open(&status);
	json_t *answer = NULL;

	if (r)
		status = rest_call(r, call, &answer);
	if (status == OPTS_GO_ON) {
		if (opts_common.json)
			grid_json(answer);
		else if (print)
			print(answer);
		status = COMMAND_OK;
	}
	json_decref(answer);
	json_decref(call->body);
	rest_close(r);
	return status;
}
