/* SPDX-License-Identifier: Apache-2.0 */
/* The trust bundle over the API: its bytes as they are, so that the command line judges them itself. */
#include "server-stub/api/bundles.h"

#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/fleet/fleet_bundle.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (BUNDLE_SEALED_MAX * 4 / 3 + 8)

static void put_keys(struct json *j, const struct fleet *f)
{
	json_key(j, "order_keys");
	json_begin_array(j);
	for (unsigned i = 0; i < f->order_public_count; i++) {
		uint8_t id[KEY_ID];

		key_id(&f->order_public[i], id);
		json_begin_object(j);
		json_key(j, "key_id");
		json_hex(j, id, sizeof(id));
		reply_base64(j, "key", f->order_public[i].bytes, f->order_public[i].len);
		json_end_object(j);
	}
	json_end_array(j);
}

void bundles_show(struct call *call)
{
	const struct fleet *f = call->api->env.fleet;
	struct fleet_bundle now;
	enum err err = fleet_bundle_read(f->dir, &now);

	if (err != ERR_OK) {
		reply_error(call, FAULT_STORE, "%s can't be read: %s.", FLEET_BUNDLE_FILE, err_text(err));
		return;
	}
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	json_key(j, "fleet");
	json_hex(j, f->id, BUNDLE_FLEET);
	json_key(j, "version");
	json_u64(j, now.bundle.version);
	if (now.len > 0) {
		reply_base64(j, "bundle", now.sealed, now.len);
	} else {
		json_key(j, "bundle");
		json_none(j);
	}
	reply_base64(j, "ca", f->ca_cert, f->ca_cert_len);
	put_keys(j, f);
	reply_base64(j, "escrow", f->escrow.bytes, f->escrow.len);
	json_end_object(j);
}

static void push(struct call *call, struct str sealed)
{
	const struct api_env *env = &call->api->env;
	struct fleet_bundle now;
	char why[SUCCESSION_WHY_MAX];
	enum err err = serve_begin(call);

	/* No bundle without its row in the audit log. */
	if (err != ERR_OK) {
		reply_store(call, err, "trust bundle", "");
		return;
	}
	err = fleet_bundle_put(env->fleet, sealed, why);
	if (err != ERR_OK && err != ERR_EXISTS) {
		reply_error(call, err == ERR_REPLAYED ? FAULT_ALREADY_USED : FAULT_BAD_SIGNATURE, "Not taken: %s.",
			    why);
		return;
	}
	if (err == ERR_OK && env->trust)
		env->trust(env->context);
	if (fleet_bundle_read(env->fleet->dir, &now) == ERR_OK)
		snprintf(call->detail, sizeof(call->detail), "version %llu", (unsigned long long)now.bundle.version);
	struct json *j = reply_json(call, 200);

	json_begin_object(j);
	json_key(j, "version");
	json_u64(j, now.bundle.version);
	json_end_object(j);
}

void bundles_push(struct call *call)
{
	json_t *body = body_read(call, "bundle");
	char *text = body ? malloc(TEXT_MAX) : NULL;
	uint8_t sealed[BUNDLE_SEALED_MAX];
	size_t len = 0;

	if (body && !text)
		reply_error(call, FAULT_BUSY, "The service is out of memory.");
	if (!text || !body_text(call, body, &(struct body_text){"bundle", text, TEXT_MAX, true})) {
		json_decref(body);
		free(text);
		return;
	}
	if (mbedtls_base64_decode(sealed, sizeof(sealed), &len, (const unsigned char *)text, strlen(text)) != 0)
		reply_error(call, FAULT_INVALID, "'bundle' is not the base64 of a sealed trust bundle.");
	else
		push(call, (struct str){(const char *)sealed, len});
	json_decref(body);
	free(text);
}
