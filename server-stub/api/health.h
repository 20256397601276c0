/* SPDX-License-Identifier: Apache-2.0 */
/* What machines ask: is it alive, is it ready, how much of everything, and what does the API look like. */
#pragma once

struct call;

void health_live(struct call *call);
void health_ready(struct call *call);	/* 503 while the store does not answer */
void health_metrics(struct call *call); /* Prometheus text exposition format 0.0.4 */
void health_openapi(struct call *call);
