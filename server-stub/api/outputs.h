/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about outputs. Of an address only the place is shown, and a secret never: in an address, too, is one. */
#pragma once

#include "agent/base/json.h"
#include "server-stub/store/store_output.h"

struct call;

void outputs_list(struct call *call);
void outputs_show(struct call *call);
void outputs_add(struct call *call);
void outputs_delete(struct call *call);
void outputs_test(struct call *call); /* POST; the answer is in the output, once it is there */

/* Have whoever tells outputs look, once the call is committed. */
void outputs_wake(struct call *call);

/* Write what may be shown. `secret` NULL: none; else one that was made just now. */
void outputs_put(struct json *j, const struct store_output *o, const struct store_output_state *state,
		 const char *secret);
