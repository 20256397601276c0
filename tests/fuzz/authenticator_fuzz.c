/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a browser sends of passkeys: an attestation object, authenticator data, and the JSON around a signature. What
 * must hold: what is borrowed lies within the input, an item of CBOR is passed over by as much as its parts are, and a
 * key that was taken can be verified by.
 */
#include "agent/base/require.h"
#include "server-stub/api/authenticator.h"
#include "server-stub/api/cbor.h"
#include "server-stub/api/client_data.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct str part, struct str whole)
{
	return !part.len || (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static void read_items(struct str whole)
{
	struct str by_item = whole, at_once = whole;
	struct cbor_item item;

	if (cbor_next(&by_item, &item) == ERR_OK)
		require(is_within(item.bytes, whole) && by_item.len < whole.len);
	if (cbor_skip(&at_once) == ERR_OK)
		require(is_within(at_once, whole) && at_once.len <= by_item.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str whole = {(const char *)data, size};
	const struct authenticator_signed s = {whole, whole, whole};
	struct authenticator a;
	struct client_data c;

	if (!size)
		return 0;
	read_items(whole);
	if (authenticator_read(whole, &a) == ERR_OK)
		require(!(a.flags & AUTHENTICATOR_NEW));
	if (authenticator_read_new(whole, &a) == ERR_OK) {
		require(a.id.len && is_within(a.id, whole) && (a.flags & AUTHENTICATOR_NEW));
		enum err err = authenticator_verify(a.point, &s);

		require(err == ERR_SIGNATURE || err == ERR_TOO_LONG);
	}
	if (client_data_read(whole, &c) == ERR_OK)
		require(c.host[0] && memchr(c.host, '\0', sizeof(c.host)));
	return 0;
}
