/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about devices: list, show, approve, revoke. */
#pragma once

#include "server-stub/store/registry.h"

#include <stdbool.h>

struct call;
struct registry_device;

/* Find the device that the path names. False after an error answer. */
bool devices_find(struct call *call, struct registry_device *d);

void devices_list(struct call *call); /* GET ?group= state= q= limit= after= */
void devices_show(struct call *call);
void devices_approve(struct call *call);
void devices_revoke(struct call *call);
void devices_rename(struct call *call); /* POST {name} */
