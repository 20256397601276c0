/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new object for devices. Its statement comes first: either the call says what it is and the fleet's own key signs,
 * or an operator's key signed it. The bytes follow in pieces. Only when all are durable and have the hash that was
 * signed is the object offered to anybody.
 */
#include "server-stub/api/objects.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "server-stub/api/aim.h"
#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/serve.h"
#include "server-stub/api/signatures.h"

#include <mbedtls/base64.h>
#include <sodium.h>

#include <stdio.h>
#include <string.h>

#define PIECE_MAX 49152 /* bytes that fit a request's body in base64 */

static bool fail(struct call *call, enum fault fault, const char *why)
{
	reply_error(call, fault, "%s", why);
	return false;
}

static bool read_hash(struct call *call, json_t *body, uint8_t sha256[32])
{
	char text[65];
	size_t len = 0;

	if (!body_text(call, body, &(struct body_text){"sha256", text, sizeof(text), true}))
		return false;
	if (sodium_hex2bin(sha256, 32, text, strlen(text), NULL, &len, NULL) == 0 && len == 32)
		return true;
	return fail(call, FAULT_INVALID, "'sha256' is 64 hex digits.");
}

static bool read_kind(struct call *call, json_t *body, struct object *o)
{
	char text[32];

	if (!body_text(call, body, &(struct body_text){"kind", text, sizeof(text), true}))
		return false;
	const struct object_kind *kind = object_kind_named(text);

	if (!kind || kind->way != OBJECT_DOWN)
		return fail(call, FAULT_INVALID, "'kind' is not a kind of objects that devices get.");
	o->kind = kind->number;
	return true;
}

static bool check(struct call *call, const struct object *o)
{
	char why[OBJECT_WHY_MAX];

	return object_check(o, why) == ERR_OK || fail(call, FAULT_INVALID, why);
}

/* Signed with the fleet's key. */
static bool compose(struct call *call, json_t *body, struct store_object *out)
{
	struct object o = {.created_s = clock_wall_us() / SECOND_US};
	int64_t version = clock_wall_ms(), size = -1;

	snprintf(o.author, sizeof(o.author), "%s", call->user.name);
	if (!read_kind(call, body, &o) || !read_hash(call, body, o.sha256) ||
	    !body_text(call, body, &(struct body_text){"name", o.name, sizeof(o.name), true}) ||
	    !body_text(call, body, &(struct body_text){"group", o.group, sizeof(o.group), false}) ||
	    !body_number(call, body, &(struct body_number){"version", 1, INT64_MAX, &version}) ||
	    !body_number(call, body, &(struct body_number){"size", 0, OBJECT_BYTES_MAX, &size}))
		return false;
	if (size < 0)
		return fail(call, FAULT_MISSING, "'size' is missing.");
	o.version = (uint64_t)version;
	o.size = (uint32_t)size;
	if (!check(call, &o))
		return false;
	enum err err = fleet_sign_object(call->api->env.fleet, &o, out);

	if (err == ERR_DENIED)
		return fail(call, FAULT_ORDER_KEY_REQUIRED,
			    "This fleet's objects are signed by operators: use caltrop object offer --order-key FILE.");
	if (err == ERR_REVOKED)
		return fail(
			call, FAULT_ORDER_KEY_REQUIRED,
			"The service's own order key is trusted no longer: use caltrop object offer --order-key FILE.");
	if (err)
		reply_error(call, FAULT_SIGN, "The object can't be signed: %s.", err_text(err));
	return err == ERR_OK;
}

/* Signed by an operator; passed on as it is. */
static bool take_signed(struct call *call, json_t *body, struct store_object *out)
{
	const char *text = json_string_value(json_object_get(body, "statement"));
	char why[OBJECT_WHY_MAX];
	struct object o;
	size_t len = 0;

	if (mbedtls_base64_decode(out->statement, sizeof(out->statement), &len, (const unsigned char *)text,
				  strlen(text)))
		return fail(call, FAULT_INVALID, "'statement' is no base64 of a statement.");
	const struct signatures_of of = {call, out->statement, len};

	if (object_decode((struct str){(const char *)out->statement, len}, &o, why) != ERR_OK)
		return fail(call, FAULT_INVALID, why);
	if (object_kind(o.kind)->way != OBJECT_DOWN)
		return fail(call, FAULT_INVALID, "This is not a kind of objects that devices get.");
	if (strcmp(o.author, call->user.name) != 0)
		return fail(call, FAULT_AUTHOR, "The statement names another author.");
	if (!signatures_read(&of, json_object_get(body, "signatures"), out->signatures, &out->signature_count))
		return false;
	out->statement_len = (uint16_t)len;
	out->size = o.size;
	return true;
}

static void note(struct call *call, const struct store_object *o)
{
	struct buf b = buf_over(call->detail, sizeof(call->detail) - 1);
	char why[OBJECT_WHY_MAX];
	struct object said;

	buf_hex(&b, o->id, STORE_ID);
	buf_text(&b, " ");
	if (object_decode((struct str){(const char *)o->statement, o->statement_len}, &said, why) == ERR_OK)
		object_describe(&b, &said);
	call->detail[b.len] = 0;
}

/*
 * The same statement may come again with signatures of others: the bytes that are here count, and so do signatures that
 * came before, as far as there is room for them.
 */
static enum err join_earlier(struct store *s, struct store_object *o)
{
	struct store_object earlier;
	enum err err = store_object_get(s, (struct store_object_key){NULL, o->id}, &earlier);

	if (err)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	o->state = earlier.state;
	o->have = earlier.have;
	for (unsigned i = 0; i < earlier.signature_count && o->signature_count < OBJECT_MESSAGE_SIGNATURES_MAX; i++)
		if (!object_message_signed_by(o->signatures, o->signature_count, earlier.signatures[i].key_id))
			o->signatures[o->signature_count++] = earlier.signatures[i];
	return ERR_OK;
}

static enum err put_targets(struct call *call, const struct store_object *o)
{
	struct store_object_target t = {.state = TARGET_PENDING, .updated_us = o->created_us};
	struct api *api = call->api;
	enum err err = ERR_OK;

	memcpy(t.object, o->id, STORE_ID);
	for (unsigned i = 0; err == ERR_OK && i < api->order_device_count; i++) {
		memcpy(t.device, api->order_devices[i], STORE_ID);
		err = store_object_target_put(api->env.store, &t);
	}
	return err;
}

static bool offer_to(void *arg, const struct store_object_target *t)
{
	struct api *api = arg;

	api->env.offer(api->env.context, t->device);
	return true;
}

/* Devices that are away are offered it when they connect. One that has it already says so, and is sent nothing. */
static void offer(struct call *call)
{
	if (call->api->env.offer &&
	    store_object_target_list(call->api->env.store, call->id, offer_to, call->api) != ERR_OK)
		return;
}

static void offer_when_committed(struct call *call, const struct store_object *o)
{
	memcpy(call->id, o->id, STORE_ID);
	call->committed = offer;
}

/* All bytes are there: it becomes whole, if they have the hash. ERR_CORRUPT: they have not. */
static enum err finish(struct call *call, struct store_object *o)
{
	struct store *s = call->api->env.store;
	bool good = false;
	enum err err = store_object_verify(s, o, &good);

	if (err || !good)
		return err ? err : ERR_CORRUPT;
	o->state = STORE_OBJECT_WHOLE;
	offer_when_committed(call, o);
	return store_object_put(s, o);
}

static void reply_bad_bytes(struct call *call)
{
	reply_error(call, FAULT_INVALID, "The bytes do not have the hash of the statement; make the object anew.");
}

static void store(struct call *call, struct store_object *o)
{
	struct store *s = call->api->env.store;
	enum err err;

	o->state = STORE_OBJECT_PART;
	o->created_us = clock_wall_us();
	object_id((struct str){(const char *)o->statement, o->statement_len}, o->id);
	note(call, o);
	err = serve_begin(call);
	if (!err)
		err = join_earlier(s, o);
	if (!err)
		err = store_object_put(s, o);
	if (!err)
		err = put_targets(call, o);
	if (!err && o->state == STORE_OBJECT_WHOLE)
		offer_when_committed(call, o);
	else if (!err && o->size == 0)
		err = finish(call, o);
	if (err == ERR_CORRUPT)
		reply_bad_bytes(call);
	else if (err)
		reply_store(call, err, "object", "");
	else
		objects_reply(call, 201, o);
}

/* Whether it is for whom it says: devices of other groups would refuse it. */
static bool read_aim(struct call *call, json_t *body, const struct store_object *o)
{
	struct aim aim = {.call = call};
	char why[OBJECT_WHY_MAX];
	struct object said;

	if (!aim_read(&aim, body) ||
	    object_decode((struct str){(const char *)o->statement, o->statement_len}, &said, why) != ERR_OK)
		return false;
	if (said.group[0] && strcmp(said.group, aim.group) != 0 && aim.kind != ORDER_DEVICES)
		return fail(call, FAULT_INVALID, "The statement is for devices of another group.");
	return true;
}

void objects_make(struct call *call)
{
	struct store_object o = {.size = 0};
	json_t *body = body_read(call, "kind name version size sha256 devices group all statement signatures");

	call->api->order_device_count = 0;
	if (!body)
		return;
	bool is_signed = json_is_string(json_object_get(body, "statement"));

	if ((is_signed ? take_signed(call, body, &o) : compose(call, body, &o)) && read_aim(call, body, &o))
		store(call, &o);
	json_decref(body);
}

/* The next bytes; they are PIECE_MAX at most. False after an error answer. */
static bool read_piece(struct call *call, json_t *body, struct store_object *o, struct str *bytes)
{
	static uint8_t piece[PIECE_MAX]; /* of the API's one thread */
	const char *data = json_string_value(json_object_get(body, "data"));
	int64_t offset = -1;
	size_t len = 0;

	if (!body_number(call, body, &(struct body_number){"offset", 0, OBJECT_BYTES_MAX, &offset}))
		return false;
	if (!data || mbedtls_base64_decode(piece, sizeof(piece), &len, (const unsigned char *)data, strlen(data)))
		return fail(call, FAULT_INVALID, "'data' is not base64 of at most 49152 bytes.");
	if (o->state == STORE_OBJECT_WHOLE)
		return fail(call, FAULT_ALREADY_USED, "The object is whole.");
	if ((uint64_t)offset != o->have) {
		reply_error(call, FAULT_INVALID, "%llu bytes are here; 'offset' has to be that number.",
			    (unsigned long long)o->have);
		return false;
	}
	*bytes = (struct str){(const char *)piece, len};
	return true;
}

static void add(struct call *call, struct store_object *o, struct str bytes)
{
	enum err err = serve_begin(call);

	if (!err)
		err = store_object_append(call->api->env.store, o, bytes);
	if (!err && o->have == o->size)
		err = finish(call, o);
	if (err == ERR_TOO_LONG)
		reply_error(call, FAULT_INVALID, "These are more bytes than the statement says.");
	else if (err == ERR_CORRUPT)
		reply_bad_bytes(call);
	else if (err)
		reply_store(call, err, "object", "");
	else
		objects_reply(call, 200, o);
}

void objects_add(struct call *call)
{
	static const uint8_t nobody[STORE_ID];
	struct store_object o;
	struct str bytes;
	json_t *body = body_read(call, "offset data");

	if (!body)
		return;
	bool found = objects_find(call, &o);

	if (found && memcmp(o.device, nobody, STORE_ID) != 0)
		found = fail(call, FAULT_FORBIDDEN, "A device sent this object; nobody else can add to it.");
	if (found && read_piece(call, body, &o, &bytes)) {
		note(call, &o);
		add(call, &o, bytes);
	}
	json_decref(body);
}
