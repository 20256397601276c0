/* SPDX-License-Identifier: Apache-2.0 */
/* Reads signatures and verifies them by the fleet's order keys, so that nobody waits for devices to refuse them. */
#include "server-stub/api/signatures.h"

#include "server-stub/api/reply.h"
#include "server-stub/fleet/fleet_bundle.h"

#include <mbedtls/base64.h>
#include <sodium.h>

#include <string.h>

static bool read_one(const struct signatures_of *of, json_t *one, struct object_signature *out)
{
	const char *id = json_string_value(json_object_get(one, "key_id"));
	const char *value = json_string_value(json_object_get(one, "value"));
	size_t len = 0, id_len = 0;

	if (!id || !value || sodium_hex2bin(out->key_id, KEY_ID, id, strlen(id), NULL, &id_len, NULL) ||
	    id_len != KEY_ID ||
	    mbedtls_base64_decode(out->bytes, sizeof(out->bytes), &len, (const unsigned char *)value, strlen(value))) {
		reply_error(of->call, FAULT_INVALID, "A signature is {\"key_id\": 16 hex digits, \"value\": base64}.");
		return false;
	}
	struct key_der public;

	if (!fleet_bundle_order_key(of->call->api->env.fleet, out->key_id, &public)) {
		reply_error(of->call, FAULT_UNKNOWN_KEY, "%s is not an order key of this fleet.", id);
		return false;
	}
	if (key_verify(&public, of->bytes, of->len, out->bytes, len)) {
		reply_error(of->call, FAULT_BAD_SIGNATURE, "The signature by %s does not verify.", id);
		return false;
	}
	out->len = (uint8_t)len;
	return true;
}

bool signatures_read(const struct signatures_of *of, json_t *list, struct object_signature out[], unsigned *count)
{
	size_t i;
	json_t *one;

	*count = 0;
	if (!json_array_size(list) || json_array_size(list) > OBJECT_MESSAGE_SIGNATURES_MAX) {
		reply_error(of->call, FAULT_INVALID, "'signatures' is a list of 1 to %d.",
			    OBJECT_MESSAGE_SIGNATURES_MAX);
		return false;
	}
	json_array_foreach(list, i, one)
	{
		if (!read_one(of, one, &out[i]))
			return false;
		*count = (unsigned)i + 1;
	}
	return true;
}
