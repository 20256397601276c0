/* SPDX-License-Identifier: Apache-2.0 */
/* The calls about incidents: list, show with receipts, follow; and what people do to one. */
#pragma once

struct api;
struct call;
struct json;
struct views_incident;

void incidents_list(struct call *call); /* GET ?state= device= limit= after= */
void incidents_show(struct call *call); /* by id or a prefix of it; with receipts */

/* GET ?device=, events "start", "incident" and "reset"; incidents_stream.c. */
void incidents_stream(struct call *call);

/* Write an incident as members of an object that is open. */
void incidents_put(struct api *api, struct json *j, const struct views_incident *i);

/*
 * What a person does to an incident: appended to the log under the caller's name. The views show it when their follower
 * comes to it, within moments.
 */
void incidents_close(struct call *call);
void incidents_note(struct call *call);
void incidents_verdict(struct call *call);
void incidents_assign(struct call *call);
