/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receipt key of a device as the operator knows it: from a file, or pinned at first use, beside the context
 * (CONTEXT.receipt-key.DEVICE.pem in the contexts' directory). What the service says of a key counts once.
 */
#pragma once

#include "agent/base/key.h"
#include "server-stub/cli/context.h"

#include <stdbool.h>

#define RECEIPT_KEY_DEVICE 32 /* digits of a device's id */

struct receipt_key_device {
	const char *id;		   /* RECEIPT_KEY_DEVICE lower-case hex digits */
	const char *name;	   /* for messages */
	const char *now_id;	   /* of the key that the service names, key_id() in hex; "": none */
	const struct key_der *now; /* that key; len 0: the device did not show it */
};

/*
 * Write the key to *key. `path` is a file with a public key in PEM, or NULL: the pinned key counts, and where there is
 * none, the service's is pinned, and that is said. len 0: there is no key at all. Returns OPTS_GO_ON, or an exit status
 * after a message: COMMAND_CONFLICT when the service names another key.
 */
int receipt_key_get(const struct context *c, const char *path, const struct receipt_key_device *device,
		    struct key_der *key);
