/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about manufacturers whose certificates let devices join, and the fleet's card that goes with them. */
#pragma once

#include "server-stub/store/registry.h"

struct call;
struct json;

/* Write the members "factory" and "serial" of a device that has them, into an object that is open. */
void factories_put_origin(struct call *call, struct json *j, const struct registry_device *d);

void factories_list(struct call *call);
void factories_add(struct call *call); /* POST {name, ca, group, unlisted}; ca is a certificate in PEM */
void factories_show(struct call *call);
void factories_remove(struct call *call);
void factories_card(struct call *call);
