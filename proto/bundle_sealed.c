/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures around a trust bundle. Whose are needed, the actor decides. Pure. */
#include "proto/bundle.h"

#include "agent/base/view.h"

#include <stdio.h>
#include <string.h>

enum err bundle_seal(struct buf *out, const struct bundle_sealed *s)
{
	buf_be16(out, s->len);
	buf_bytes(out, s->bytes, s->len);
	buf_be8(out, s->signature_count);
	for (unsigned i = 0; i < s->signature_count; i++) {
		buf_bytes(out, s->signatures[i].key_id, KEY_ID);
		buf_be8(out, s->signatures[i].len);
		buf_bytes(out, s->signatures[i].bytes, s->signatures[i].len);
	}
	return buf_check(out);
}

static const struct bundle_signature *find(const struct bundle_sealed *s, unsigned count, const uint8_t id[KEY_ID])
{
	for (unsigned i = 0; i < count; i++)
		if (memcmp(s->signatures[i].key_id, id, KEY_ID) == 0)
			return &s->signatures[i];
	return NULL;
}

static enum err take_signature(struct view *v, struct bundle_sealed *s, unsigned at, char why[BUNDLE_WHY_MAX])
{
	struct bundle_signature *own = &s->signatures[at];

	view_bytes(v, own->key_id, KEY_ID);
	own->len = view_be8(v);
	if (own->len == 0 || own->len > KEY_SIGNATURE_MAX)
		return ERR_INVALID;
	view_bytes(v, own->bytes, own->len);
	if (v->short_read)
		return ERR_TRUNCATED;
	if (!find(s, at, own->key_id))
		return ERR_OK;
	snprintf(why, BUNDLE_WHY_MAX, "one key has signed the trust bundle twice");
	return ERR_INVALID;
}

static enum err take(struct view *v, struct bundle_sealed *s, char why[BUNDLE_WHY_MAX])
{
	enum err err = ERR_OK;

	s->len = view_be16(v);
	if (s->len > BUNDLE_BYTES_MAX)
		return ERR_TOO_LONG;
	view_bytes(v, s->bytes, s->len);
	s->signature_count = view_be8(v);
	if (s->signature_count > BUNDLE_SIGNATURES_MAX)
		return ERR_TOO_LONG;
	for (unsigned i = 0; err == ERR_OK && i < s->signature_count; i++)
		err = take_signature(v, s, i, why);
	return err == ERR_OK ? view_done(v) : err;
}

enum err bundle_open(struct str bytes, struct bundle_sealed *out, char why[BUNDLE_WHY_MAX])
{
	struct view v = view_over(bytes.data, bytes.len);
	enum err err;

	memset(out, 0, sizeof(*out));
	why[0] = '\0';
	err = bytes.len > BUNDLE_SEALED_MAX ? ERR_TOO_LONG : take(&v, out, why);
	if (err == ERR_OK)
		return ERR_OK;
	if (!why[0])
		snprintf(why, BUNDLE_WHY_MAX, "it is no sealed trust bundle that this version can read");
	memset(out, 0, sizeof(*out));
	return err;
}

enum err bundle_add(struct bundle_sealed *s, const struct key_der *public_key, const uint8_t *signature, size_t len)
{
	struct bundle_signature *own = &s->signatures[s->signature_count];
	uint8_t id[KEY_ID];

	key_id(public_key, id);
	if (find(s, s->signature_count, id))
		return ERR_EXISTS;
	if (s->signature_count == BUNDLE_SIGNATURES_MAX)
		return ERR_FULL;
	if (len == 0 || len > sizeof(own->bytes))
		return ERR_INVALID;
	memcpy(own->key_id, id, sizeof(id));
	memcpy(own->bytes, signature, len);
	own->len = (uint8_t)len;
	s->signature_count++;
	return ERR_OK;
}

enum err bundle_sign(struct bundle_sealed *s, const struct key_der *private_key, struct key_random random)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	struct key_der public_key;
	size_t len;
	enum err err = key_public(private_key, &public_key);

	if (err == ERR_OK)
		err = key_sign(private_key, random, s->bytes, s->len, signature, &len);
	return err == ERR_OK ? bundle_add(s, &public_key, signature, len) : err;
}

enum err bundle_signers(const struct bundle_sealed *s, const struct key_der *keys, unsigned count, unsigned *signers)
{
	*signers = 0;
	for (unsigned i = 0; i < count; i++) {
		const struct bundle_signature *own;
		uint8_t id[KEY_ID];

		key_id(&keys[i], id);
		own = find(s, s->signature_count, id);
		if (!own)
			continue;
		if (key_verify(&keys[i], s->bytes, s->len, own->bytes, own->len) != ERR_OK)
			return ERR_SIGNATURE;
		++*signers;
	}
	return ERR_OK;
}
