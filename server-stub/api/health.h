/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of monitoring: is the service alive, is it ready, its figures; and the API's description. */
#pragma once

struct call;

void health_live(struct call *call);
void health_ready(struct call *call);	/* 503 while the store does not answer */
void health_metrics(struct call *call); /* Prometheus text exposition format 0.0.4 */
void health_openapi(struct call *call);
