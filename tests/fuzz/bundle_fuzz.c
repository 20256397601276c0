/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust bundles against any bytes. What opens and decodes has exactly that spelling; without a signature of a key that
 * is trusted none is ever taken; a refusal says why.
 */
#include "agent/base/require.h"
#include "proto/bundle.h"
#include "proto/succession.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_decode(struct str bytes)
{
	static struct bundle b, none;
	static uint8_t again[BUNDLE_BYTES_MAX];
	struct buf out = buf_over(again, sizeof(again));
	char why[BUNDLE_WHY_MAX] = "";

	if (bundle_decode(bytes, &b, why) != ERR_OK) {
		require(why[0] != '\0' && memchr(why, '\0', sizeof(why)));
		require(memcmp(&b, &none, sizeof(b)) == 0);
		return;
	}
	require(bundle_encode(&out, &b, why) == ERR_OK);
	require(out.len == bytes.len && memcmp(again, bytes.data, out.len) == 0);
}

static void try_open(struct str bytes)
{
	static struct bundle_sealed s;
	static uint8_t again[BUNDLE_SEALED_MAX];
	struct buf out = buf_over(again, sizeof(again));
	char why[BUNDLE_WHY_MAX] = "";

	if (bundle_open(bytes, &s, why) != ERR_OK) {
		require(why[0] != '\0');
		return;
	}
	require(bundle_seal(&out, &s) == ERR_OK);
	require(out.len == bytes.len && memcmp(again, bytes.data, out.len) == 0);
	try_decode((struct str){(const char *)s.bytes, s.len});
}

static void try_succession(struct str bytes)
{
	static const uint8_t fleet[BUNDLE_FLEET], digest[32];
	struct succession_from from = {.version = 1, .fleet = fleet, .digest = digest, .roots_needed = 1};
	static struct bundle b;
	char why[SUCCESSION_WHY_MAX] = "";

	require(succession_check(&from, bytes, &b, why) != ERR_OK && why[0] != '\0');
	from.version = 0;
	require(succession_check(&from, bytes, &b, why) != ERR_OK && why[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};

	try_decode(bytes);
	try_open(bytes);
	try_succession(bytes);
	return 0;
}
