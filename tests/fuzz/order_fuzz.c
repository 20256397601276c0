/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders and frames against any bytes. An order that decodes has exactly that spelling; without a key of ours none is
 * ever taken; a frame is never longer than what is there.
 */
#include "agent/actor/rails/mandate.h"
#include "agent/base/require.h"
#include "proto/frame.h"
#include "proto/order.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_decode(const uint8_t *data, size_t size)
{
	static const struct order none;
	struct order order;
	char why[ORDER_WHY_MAX] = "";
	uint8_t again[ORDER_BYTES_MAX];
	struct buf b = buf_over(again, sizeof(again));

	if (order_decode(data, size, &order, why) != ERR_OK) {
		require(why[0] != '\0' && memchr(why, '\0', sizeof(why)));
		memset(order.id, 0, sizeof(order.id));
		require(memcmp(&order, &none, sizeof(order)) == 0);
		return;
	}
	require(order_encode(&b, &order) == ERR_OK);
	/* The old format is read only; what it says has one spelling in today's. */
	if (data[3] == '1')
		require(order_decode(again, b.len, &order, why) == ERR_OK);
	else
		require(b.len == size && memcmp(again, data, size) == 0);
	(void)!order_window(&order, 1800000000);
	(void)order_targets(&order, data, "gates");
}

static void try_mandate(const uint8_t *data, size_t size)
{
	static struct mandate mandate;
	static struct actor_order message;
	struct mandate_verdict v;

	memset(&message, 0, sizeof(message));
	message.order_len = (uint16_t)(size < MESSAGE_ORDER_MAX ? size : MESSAGE_ORDER_MAX);
	memcpy(message.order, data, message.order_len);
	message.signature_count = MESSAGE_SIGNATURES_MAX;
	for (unsigned i = 0; i < MESSAGE_SIGNATURES_MAX && size > 8; i++) {
		memcpy(message.signatures[i].key_id, data, 8);
		message.signatures[i].len = data[0] % (MESSAGE_SIGNATURE_MAX + 1);
	}
	require(mandate_check(&mandate, &message, 1800000000, &v) != ERR_OK);
	require(memchr(v.why, '\0', sizeof(v.why)) && v.why[0] != '\0');
}

static void try_frames(const uint8_t *data, size_t size)
{
	struct str input = {(const char *)data, size}, frame;

	while (frame_take(&input, &frame) == ERR_OK)
		require(frame.len <= FRAME_BYTES_MAX && frame.data >= (const char *)data &&
			frame.data + frame.len == input.data && input.data + input.len == (const char *)data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_decode(data, size);
	try_mandate(data, size);
	try_frames(data, size);
	return 0;
}
