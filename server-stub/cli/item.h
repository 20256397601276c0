/* SPDX-License-Identifier: Apache-2.0 */
/* Makes one call of the API and prints its answer: with --json as it is, else as the command says it. */
#pragma once

#include "server-stub/cli/grid.h"
#include "server-stub/cli/rest.h"

/*
 * Make the call over a connection of its own, and have `print` print the answer; NULL: it says nothing without --json.
 * The call's body goes to json_decref(). Returns the exit status, after a message if the call failed.
 */
int item_run(const struct rest_call *call, void (*print)(json_t *answer));
