/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about devices: list and show, and what is decided about them. */
#pragma once

#include "server-stub/store/registry.h"

#include <stdbool.h>

struct call;
struct registry_device;

/* Find the device that the path names. False after an error answer. */
bool devices_find(struct call *call, struct registry_device *d);

/* Read ?after= of a list of devices: the last one of the page before. False after an error answer. */
bool devices_cursor(struct call *call, uint8_t id[STORE_ID], bool *given);

/* Answer with the device. */
void devices_reply(struct call *call, const struct registry_device *d);

void devices_list(struct call *call); /* GET ?group= state= trust= q= label= limit= after= */
void devices_show(struct call *call);
void devices_approve(struct call *call);
void devices_expect(struct call *call);
void devices_revoke(struct call *call);
void devices_rename(struct call *call); /* POST {name} */
void devices_move(struct call *call);	/* POST {group} */
void devices_label(struct call *call);	/* POST {labels} */
void devices_delete(struct call *call);
void devices_import(struct call *call); /* POST {csv, ttl_s, dry_run} */
