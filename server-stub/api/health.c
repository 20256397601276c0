/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the calls of monitoring. They are cheap enough for a call every few seconds. */
#include "server-stub/api/health.h"

#include "agent/base/clock.h"
#include "server-stub/api/call.h"
#include "server-stub/api/openapi.h"
#include "server-stub/api/reply.h"
#include "server-stub/store/log.h"
#include "server-stub/store/views.h"

#include <inttypes.h>

void health_live(struct call *call)
{
	reply_text(call, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

static struct api_figures figures_of(const struct api *api)
{
	struct api_figures g = {.store_error = ERR_OK, .views_error = ERR_OK, .damage = ERR_OK};

	if (api->env.figures)
		api->env.figures(api->env.context, &g);
	return g;
}

void health_ready(struct call *call)
{
	struct api_figures g = figures_of(call->api);
	struct store_figures f;
	enum err err = store_figures(call->api->env.store, &f);

	/* Of what the store suffers from, what the writer met first: it says what devices feel. */
	if (atomic_load(&call->api->draining))
		reply_error(call, FAULT_NOT_READY, "The service is stopping.");
	else if (g.store_error)
		reply_error(call, FAULT_NOT_READY,
			    "The store does not take what devices send: %s. They keep it and send it again.",
			    err_text(g.store_error));
	else if (err)
		reply_error(call, FAULT_NOT_READY, "The store does not answer: %s.", err_text(err));
	else if (g.views_error)
		reply_error(call, FAULT_NOT_READY, "Incidents and receipts are not brought up to date: %s.",
			    err_text(g.views_error));
	else if (g.damage)
		reply_error(call, FAULT_NOT_READY, "A part of the store cannot be read: %s. Put a backup back.",
			    err_text(g.damage));
	else
		reply_text(call, 200, "text/plain; charset=utf-8", STR("ready\n"));
}

void health_openapi(struct call *call)
{
	reply_text(call, 200, "application/json", (struct str){openapi_json, openapi_json_len});
}

struct metric {
	const char *name, *type, *help;
	uint64_t value;
};

static void put(struct buf *b, const struct metric *m, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(b, "# HELP caltrop_%s %s\n# TYPE caltrop_%s %s\ncaltrop_%s %" PRIu64 "\n", m[i].name,
			   m[i].help, m[i].name, m[i].type, m[i].name, m[i].value);
}

static void put_requests(struct buf *b, const struct api *api)
{
	buf_text(b, "# HELP caltrop_http_requests_total Requests to the API by class of status.\n"
		    "# TYPE caltrop_http_requests_total counter\n");
	for (unsigned class = 2; class < 6; class += class == 2 ? 2 : 1)
		buf_printf(b, "caltrop_http_requests_total{code=\"%uxx\"} %" PRIu64 "\n", class,
			   api->count.requests[class]);
}

static bool take_time(void *arg, uint64_t position, const struct log_batch *b)
{
	(void)position;
	*(int64_t *)arg = b->received_us;
	return false;
}

/* How far the views are behind the log. Views that cannot be read are views_failing, and say no time. */
static void put_lag(struct buf *b, struct store *store)
{
	struct metric m = {"views_behind_milliseconds", "gauge",
			   "How long the oldest record that incidents and receipts do not have yet has been here.", 0};
	int64_t oldest_us = 0, late_us = 0;
	uint64_t seen = 0;

	if (views_position(store, &seen) || log_follow(store, seen, 1, take_time, &oldest_us))
		return;
	if (oldest_us)
		late_us = clock_wall_us() - oldest_us;
	if (late_us > 0)
		m.value = (uint64_t)late_us / 1000;
	put(b, &m, 1);
}

void health_metrics(struct call *call)
{
	struct api *api = call->api;
	struct store_figures f;
	struct api_figures g = figures_of(api);
	enum err err = store_figures(api->env.store, &f);

	if (err) {
		reply_store(call, err, "figures", "");
		return;
	}
	const struct metric metrics[] = {
		{"devices", "gauge", "Devices known, in any state.", f.devices},
		{"devices_connected", "gauge", "Devices connected now.", g.connected},
		{"incidents_open", "gauge", "Incidents that are open.", f.incidents_open},
		{"stored_records", "gauge", "Records in the store.", f.records},
		{"stored_batches", "gauge", "Batches in the store.", f.batches},
		{"stored_bytes", "gauge", "Bytes of records in the store.", f.bytes},
		{"store_failing", "gauge", "1 while the store does not take what devices send.",
		 g.store_error != ERR_OK},
		{"views_failing", "gauge", "1 while incidents and receipts are not brought up to date.",
		 g.views_error != ERR_OK},
		{"store_damaged", "gauge", "1 when a part of the store cannot be read.", g.damage != ERR_OK},
		{"link_handshakes_total", "counter", "TLS handshakes with devices.", g.handshakes},
		{"enrol_refused_total", "counter", "Devices that wanted to join and may not.", g.enroll_refused},
		{"ingest_batches_total", "counter", "Batches taken in since the start.", g.batches},
		{"ingest_records_total", "counter", "Records taken in since the start.", g.records},
		{"ingest_duplicates_total", "counter", "Records that came a second time.", g.duplicates},
		{"ingest_rejected_total", "counter", "Records that were refused.", g.rejected},
		{"ingest_receipts_total", "counter", "Receipts taken in since the start.", g.receipts},
		{"objects_kept_total", "counter", "Objects of devices that became whole since the start.",
		 g.objects_kept},
		{"objects_refused_total", "counter", "Objects of devices refused since the start.", g.objects_refused},
		{"objects_disorder_total", "counter", "Messages about objects that came out of order or too fast.",
		 g.objects_disorder},
		{"objects_in_bytes_total", "counter", "Bytes of objects taken from devices.", g.object_bytes_in},
		{"objects_out_bytes_total", "counter", "Bytes of objects given to devices.", g.object_bytes_out},
		{"http_connections", "gauge", "Connections to the API now.", api->conn_count},
		{"http_connections_total", "counter", "Connections to the API since the start.",
		 api->count.connections},
		{"http_refused_total", "counter", "Connections beyond the limits.", api->count.refused},
		{"http_displaced_total", "counter", "Connections of strangers closed for newcomers.",
		 api->count.displaced},
		{"http_streams_total", "counter", "Event streams since the start.", api->count.streams},
		{"http_sent_bytes_total", "counter", "Bytes sent by the API.", api->count.bytes_out},
	};

	reply_text(call, 200, "text/plain; version=0.0.4; charset=utf-8", STR_NONE);
	put(&call->body, metrics, sizeof(metrics) / sizeof(metrics[0]));
	put_lag(&call->body, api->env.store);
	put_requests(&call->body, api);
	buf_text(&call->body, "# HELP caltrop_build_info The service's version.\n# TYPE caltrop_build_info gauge\n"
			      "caltrop_build_info{version=\"" CALTROP_VERSION "\"} 1\n");
}
