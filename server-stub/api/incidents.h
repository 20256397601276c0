/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents as the devices found them, and what was done about them. */
#pragma once

struct call;

void incidents_list(struct call *call); /* GET ?state= device= limit= after= */
void incidents_show(struct call *call); /* by id or a prefix of it; with receipts */
