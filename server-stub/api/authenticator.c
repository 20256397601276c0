/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads authenticator data: fixed fields, and of a new key pair its id and its COSE key (RFC 9052, RFC 9053). Believes
 * nothing of it; whoever calls compares it with what was asked for.
 */
#include "server-stub/api/authenticator.h"

#include "agent/base/key.h"
#include "server-stub/api/cbor.h"

#include <string.h>

#define HEAD 37	      /* hash, flags, counter */
#define MODEL 16      /* bytes that say which model it is */
#define DATA_MAX 1024 /* that may be signed; without a new key there are HEAD bytes, and few of extensions */
#define COORDINATE 32

/* COSE's labels and values. */
enum { KEY_KIND = 1, KEY_ALGORITHM = 3, KEY_CURVE = -1, KEY_X = -2, KEY_Y = -3 };
enum { KIND_POINT = 2, ALGORITHM_ES256 = -7, CURVE_P256 = 1 };

static uint32_t number_of(const uint8_t *at, unsigned len)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < len; i++)
		n = n << 8 | at[i];
	return n;
}

/* What stands at the front of all data; *rest is what follows. */
static enum err read_head(struct str data, struct authenticator *out, struct str *rest)
{
	const uint8_t *at = (const uint8_t *)data.data;

	memset(out, 0, sizeof(*out));
	if (data.len < HEAD)
		return ERR_INVALID;
	memcpy(out->rp_sha256, at, sizeof(out->rp_sha256));
	out->flags = at[32];
	out->counter = number_of(at + 33, 4);
	*rest = str_sub(data, HEAD, SIZE_MAX);
	return ERR_OK;
}

enum err authenticator_read(struct str data, struct authenticator *out)
{
	struct str rest;
	enum err err = read_head(data, out, &rest);

	return !err && (out->flags & AUTHENTICATOR_NEW) ? ERR_INVALID : err;
}

/* -- a new key pair -- */

struct cose {
	int64_t kind, algorithm, curve;
	struct str x, y;
};

/* A whole number that is small, as all of COSE's are; false: the item is none. */
static bool is_small(const struct cbor_item *item, int64_t *out)
{
	if ((item->type != CBOR_NUMBER && item->type != CBOR_NEGATIVE) || item->value > INT32_MAX)
		return false;
	*out = item->type == CBOR_NUMBER ? (int64_t)item->value : -1 - (int64_t)item->value;
	return true;
}

static enum err take_number(struct str *rest, int64_t *out)
{
	struct cbor_item item;
	enum err err = cbor_next(rest, &item);

	/* 0 is none of the values, so another one is not there yet. */
	return err ? err : is_small(&item, out) ? ERR_OK : ERR_UNSUPPORTED;
}

static enum err take_coordinate(struct str *rest, struct str *out)
{
	struct cbor_item item;
	enum err err = cbor_next(rest, &item);

	if (!err && (item.type != CBOR_BYTES || item.bytes.len != COORDINATE))
		err = ERR_INVALID;
	*out = item.bytes;
	return err;
}

static enum err take_pair(struct str *rest, struct cose *key)
{
	struct cbor_item label;
	int64_t number = 0;
	enum err err = cbor_next(rest, &label);

	if (err)
		return err;
	if (!is_small(&label, &number))
		return label.type == CBOR_TEXT ? cbor_skip(rest) : ERR_INVALID;
	switch (number) {
	case KEY_KIND: return take_number(rest, &key->kind);
	case KEY_ALGORITHM: return take_number(rest, &key->algorithm);
	case KEY_CURVE: return take_number(rest, &key->curve);
	case KEY_X: return take_coordinate(rest, &key->x);
	case KEY_Y: return take_coordinate(rest, &key->y);
	default: return cbor_skip(rest);
	}
}

static enum err take_key(struct str *rest, struct cose *key)
{
	struct cbor_item map;
	enum err err = cbor_next(rest, &map);

	*key = (struct cose){.x = STR_NONE, .y = STR_NONE};
	if (!err && (map.type != CBOR_MAP || map.value > rest->len))
		err = ERR_INVALID;
	for (uint64_t i = 0; !err && i < map.value; i++)
		err = take_pair(rest, key);
	if (err)
		return err;
	if (key->kind != KIND_POINT || key->algorithm != ALGORITHM_ES256 || key->curve != CURVE_P256)
		return ERR_UNSUPPORTED;
	return key->x.len && key->y.len ? ERR_OK : ERR_INVALID;
}

/* The DER around a point (RFC 5480): the algorithm's and the curve's names, and that it is not compressed. */
static void public_of(const uint8_t point[AUTHENTICATOR_POINT], struct key_der *out)
{
	static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

	out->len = sizeof(head) + AUTHENTICATOR_POINT;
	memcpy(out->bytes, head, sizeof(head));
	memcpy(out->bytes + sizeof(head), point, AUTHENTICATOR_POINT);
}

/* Whether anything could be signed by it: a key of no point on the curve is refused before the signature is read. */
static enum err check_point(const uint8_t point[AUTHENTICATOR_POINT])
{
	static const uint8_t no_signature[1];
	struct key_der public_key;
	enum err err;

	public_of(point, &public_key);
	err = key_verify(&public_key, "", 0, no_signature, sizeof(no_signature));
	return err == ERR_SIGNATURE ? ERR_OK : err;
}

static enum err read_new(struct str data, struct authenticator *out)
{
	struct str rest;
	struct cose key;
	enum err err = read_head(data, out, &rest);
	size_t id_len;

	if (err || !(out->flags & AUTHENTICATOR_NEW) || rest.len < MODEL + 2)
		return ERR_INVALID;
	id_len = number_of((const uint8_t *)rest.data + MODEL, 2);
	rest = str_sub(rest, MODEL + 2, SIZE_MAX);
	if (!id_len || id_len > rest.len)
		return ERR_INVALID;
	out->id = str_sub(rest, 0, id_len);
	rest = str_sub(rest, id_len, SIZE_MAX);
	err = take_key(&rest, &key);
	if (err)
		return err;
	memcpy(out->point, key.x.data, COORDINATE);
	memcpy(out->point + COORDINATE, key.y.data, COORDINATE);
	return check_point(out->point);
}

enum err authenticator_read_new(struct str attestation, struct authenticator *out)
{
	struct cbor_item map, key, value;
	struct str rest = attestation, data = STR_NONE;
	enum err err = cbor_next(&rest, &map);

	memset(out, 0, sizeof(*out));
	if (!err && (map.type != CBOR_MAP || map.value > rest.len))
		err = ERR_INVALID;
	for (uint64_t i = 0; !err && i < map.value; i++) {
		struct str from;

		err = cbor_next(&rest, &key);
		from = rest;
		if (!err)
			err = cbor_skip(&rest);
		if (err || key.type != CBOR_TEXT || !str_equal(key.bytes, STR("authData")))
			continue;
		err = cbor_next(&from, &value);
		if (err || value.type != CBOR_BYTES || data.len)
			return ERR_INVALID;
		data = value.bytes;
	}
	return err ? err : read_new(data, out);
}

/* -- signatures -- */

enum err authenticator_verify(const uint8_t point[AUTHENTICATOR_POINT], const struct authenticator_signed *s)
{
	uint8_t bytes[DATA_MAX + 32];
	struct key_der public_key;

	if (s->data.len > DATA_MAX)
		return ERR_TOO_LONG;
	memcpy(bytes, s->data.data, s->data.len);
	key_sha256(s->client_data.data, s->client_data.len, bytes + s->data.len);
	public_of(point, &public_key);
	return key_verify(&public_key, bytes, s->data.len + 32, (const uint8_t *)s->signature.data, s->signature.len);
}
