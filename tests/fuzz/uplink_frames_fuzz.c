/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service, or who pretends to be one, may send a device: any bytes, in pieces of any size, before and after
 * a welcome. The session never takes more than its limits, never sends what was not asked of it, and always ends in
 * a state from which it tries again.
 */
#include "agent/base/require.h"
#include "agent/base/view.h"
#include "agent/spool/spool.h"
#include "agent/uplink/uplink.h"
#include "proto/frame.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err no_write(void *context, const char *name, const void *data, size_t len)
{
	(void)context, (void)name, (void)data, (void)len;
	return ERR_READ_ONLY;
}

static enum err no_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	(void)context, (void)name, (void)offset, (void)out, (void)cap;
	*got = 0;
	return ERR_NOT_FOUND;
}

static enum err no_remove(void *context, const char *name)
{
	(void)context, (void)name;
	return ERR_READ_ONLY;
}

static enum err no_cut(void *context, const char *name, uint64_t size)
{
	(void)context, (void)name, (void)size;
	return ERR_READ_ONLY;
}

static void no_sync(void *context, const char *name, uint64_t token)
{
	(void)context, (void)name, (void)token;
}

static enum err no_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	(void)context, (void)found, (void)arg;
	return ERR_OK;
}

static const struct spool_disk disk = {.append = no_write,
				       .read = no_read,
				       .remove = no_remove,
				       .cut = no_cut,
				       .replace = no_write,
				       .sync = no_sync,
				       .list = no_list};
static const struct uplink_about about = {.version = "v", .hostname = "h", .kernel = "k", .arch = "a"};

static bool up;

static void drain(struct uplink *u, struct now now)
{
	struct uplink_effect effect;
	unsigned effects = 0;

	while (uplink_take(u, &effect)) {
		require(++effects < 100000);
		if (effect.action == UPLINK_SEND)
			require(effect.bytes.len && effect.bytes.len <= FRAME_BYTES_MAX + FRAME_HEADER);
		if (effect.action == UPLINK_ORDER)
			require(effect.order->order_len <= MESSAGE_ORDER_MAX &&
				effect.order->signature_count <= MESSAGE_SIGNATURES_MAX);
		if (effect.action == UPLINK_CLOSE) {
			require(effect.text);
			up = false;
		}
		if (effect.action == UPLINK_MAKE_CSR)
			uplink_csr(u, STR("a request"), now);
		if (effect.action == UPLINK_CONNECT) {
			uplink_connected(u, now);
			up = true;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct spool_limits limits = {.segment_bytes = 4096, .segments_max = 4, .sync_delay_us = 1};
	static const uint8_t id[16] = {1};
	/* A welcome: field 1 of ToDevice, window 100000. */
	static const char welcome[] = "\x00\x00\x00\x06\x0a\x04\x10\xa0\x8d\x06";
	struct view v = view_over(data, size);
	struct now now = {.mono_us = SECOND_US, .wall_us = SECOND_US};
	struct spool *spool = spool_init(malloc(spool_size(&limits)), &limits, &disk, id);
	struct uplink *u = uplink_init(malloc(uplink_size()), spool, &about, (struct hash_key){1, 2});
	uint8_t flags = view_be8(&v);

	up = false;
	for (unsigned i = 0; i < flags % 8u; i++)
		(void)!spool_append(spool, i, STR("a record"), now);
	uplink_validity(u, 0, 2);
	uplink_start(u, now);
	drain(u, now);
	if (flags & 8) {
		uplink_feed(u, (struct str){welcome, sizeof(welcome) - 1}, now);
		drain(u, now);
		require(up);
	}
	while (v.len) {
		size_t piece = 1 + (size_t)view_be8(&v) * 64;

		piece = piece > v.len ? v.len : piece;
		uplink_feed(u, (struct str){(const char *)view_borrow(&v, piece), piece}, now);
		drain(u, now);
		if (flags & 16) {
			now.mono_us = uplink_deadline(u) == INT64_MAX ? now.mono_us : uplink_deadline(u);
			uplink_tick(u, now);
			drain(u, now);
		}
	}
	free(u);
	free(spool);
	return 0;
}
