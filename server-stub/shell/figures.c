/* SPDX-License-Identifier: Apache-2.0 */
/* Copies them, since neither of the two folders knows the other. */
#include "server-stub/shell/figures.h"

void figures_read(struct gateway *gateway, struct api_figures *out)
{
	struct gateway_figures g;

	gateway_figures(gateway, &g);
	*out = (struct api_figures){
		.connected = g.connected,
		.handshakes = g.handshakes,
		.enroll_refused = g.enroll_refused,
		.batches = g.writer.batches,
		.records = g.writer.records,
		.duplicates = g.writer.duplicates,
		.rejected = g.writer.rejected,
		.receipts = g.writer.receipts,
		.objects_kept = g.writer.objects_kept,
		.objects_refused = g.writer.objects_refused,
		.objects_disorder = g.writer.objects_disorder + g.object_dropped,
		.object_bytes_in = g.writer.objects_bytes,
		.object_bytes_out = g.object_bytes_out,
		.store_error = g.writer.store_error,
		.views_error = g.views_error,
		.damage = g.damage,
	};
}
