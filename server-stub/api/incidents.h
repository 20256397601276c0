/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about incidents: list, and show with receipts. */
#pragma once

struct call;

void incidents_list(struct call *call); /* GET ?state= device= limit= after= */
void incidents_show(struct call *call); /* by id or a prefix of it; with receipts */

/*
 * What a person does to an incident: appended to the log under the caller's name. The views show it when their follower
 * comes to it, within moments.
 */
void incidents_close(struct call *call);
void incidents_note(struct call *call);
void incidents_verdict(struct call *call);
void incidents_assign(struct call *call);
