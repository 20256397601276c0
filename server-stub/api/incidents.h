/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about incidents: list, and show with receipts. */
#pragma once

struct call;

void incidents_list(struct call *call); /* GET ?state= device= limit= after= */
void incidents_show(struct call *call); /* by id or a prefix of it; with receipts */
