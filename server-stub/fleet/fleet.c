/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a fleet's keys and encodes what devices trust. Issuing is in fleet_issue.c, tokens in fleet_token.c. */
#include "server-stub/fleet/fleet.h"

#include "agent/base/hex.h"
#include "caltrop/v1/link.pb-c.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/fleet/fleet_file.h"

#include <stdio.h>
#include <string.h>

#define CERTIFICATE_LABEL "CERTIFICATE"
#define PUBLIC_LABEL "PUBLIC KEY"

/* Those behind the first. */
static enum err load_old_cas(struct fleet *f, const char *text)
{
	const char *at = text;
	size_t len;

	while ((at = strstr(at + 1, "-----BEGIN " CERTIFICATE_LABEL)) != NULL) {
		struct bundle_ca *ca = &f->old_cas[f->old_ca_count];

		if (f->old_ca_count == FLEET_CAS_MAX - 1)
			return ERR_FULL;
		if (key_from_pem(CERTIFICATE_LABEL, at, ca->der, sizeof(ca->der), &len) != ERR_OK)
			return ERR_CORRUPT;
		ca->len = (uint16_t)len;
		f->old_ca_count++;
	}
	return ERR_OK;
}

/* As it was written down when the first authority was replaced, or that one's hash. */
static enum err load_id(struct fleet *f, const char **bad_file)
{
	struct key_der public_key;
	char text[128];
	size_t len;
	enum err err = fleet_file_read((struct fleet_file){f->dir, FLEET_ID_FILE}, text, sizeof(text), &len);

	if (err != ERR_NOT_FOUND) {
		*bad_file = FLEET_ID_FILE;
		if (err == ERR_OK && !hex_read(str_trim((struct str){text, len}), f->id, sizeof(f->id)))
			err = ERR_CORRUPT;
		return err;
	}
	*bad_file = "ca.pem";
	err = key_cert_public(f->ca_cert, f->ca_cert_len, &public_key);
	if (err == ERR_OK)
		key_sha256(public_key.bytes, public_key.len, f->id);
	return err;
}

static enum err load_ca(struct fleet *f, const char **bad_file)
{
	const char *first;
	char text[FLEET_FILE_MAX];
	size_t len;
	enum err err = fleet_file_read((struct fleet_file){f->dir, *bad_file = "ca.pem"}, text, sizeof(text), &len);

	if (err != ERR_OK)
		return err;
	first = strstr(text, "-----BEGIN " CERTIFICATE_LABEL);
	if (!first || key_from_pem(CERTIFICATE_LABEL, first, f->ca_cert, sizeof(f->ca_cert), &f->ca_cert_len) != ERR_OK)
		return ERR_CORRUPT;
	err = load_old_cas(f, first);
	if (err != ERR_OK)
		return err;
	key_sha256(f->ca_cert, f->ca_cert_len, f->ca_sha256);
	return load_id(f, bad_file);
}

static enum err load_order_keys(struct fleet *f, const char **bad_file)
{
	char text[FLEET_FILE_MAX];
	const char *at = text;
	size_t len;
	enum err err =
		fleet_file_read((struct fleet_file){f->dir, *bad_file = "order_keys.pem"}, text, sizeof(text), &len);

	while (err == ERR_OK && (at = strstr(at, "-----BEGIN " PUBLIC_LABEL)) != NULL) {
		struct key_der *key = &f->order_public[f->order_public_count];

		if (f->order_public_count++ == FLEET_ORDER_KEYS_MAX)
			return ERR_FULL;
		if (key_from_pem(PUBLIC_LABEL, at, key->bytes, sizeof(key->bytes), &len) != ERR_OK)
			return ERR_CORRUPT;
		key->len = (uint16_t)len;
		at++;
	}
	if (err != ERR_OK)
		return err;
	/* Devices would be told to obey nobody. */
	return f->order_public_count == 0 ? ERR_CORRUPT : ERR_OK;
}

enum err fleet_load(const char *dir, struct fleet *out, const char **bad_file)
{
	static const char *unused;
	struct fleet_conf conf;
	char error[FLEET_CONF_ERROR_MAX];
	enum err err;

	memset(out, 0, sizeof(*out));
	bad_file = bad_file ? bad_file : &unused;
	*bad_file = "server.conf";
	if (str_copy(str_from(dir), out->dir, sizeof(out->dir)) != ERR_OK)
		return ERR_TOO_LONG;
	err = fleet_conf_load(dir, &conf, error);
	if (err != ERR_OK)
		return err;
	snprintf(out->server_name, sizeof(out->server_name), "%s", conf.names[0]);
	out->cert_days = conf.cert_days;
	err = load_ca(out, bad_file);
	if (err == ERR_OK)
		err = load_order_keys(out, bad_file);
	if (err == ERR_OK)
		err = fleet_file_key((struct fleet_file){out->dir, *bad_file = "escrow.pem"}, PUBLIC_LABEL,
				     &out->escrow);
	if (err == ERR_OK)
		*bad_file = NULL;
	return err;
}

static ProtobufCBinaryData bytes(const void *data, size_t len)
{
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

enum err fleet_trust(const struct fleet *f, const struct registry_device *d, struct buf *out)
{
	Caltrop__V1__Trust trust = CALTROP__V1__TRUST__INIT;
	ProtobufCBinaryData ca = bytes(f->ca_cert, f->ca_cert_len), keys[FLEET_ORDER_KEYS_MAX];
	uint8_t memory[KEY_CERT_MAX + (FLEET_ORDER_KEYS_MAX + 1) * (KEY_DER_MAX + 8) + BUNDLE_SEALED_MAX + 1024];
	struct fleet_bundle now;
	size_t len;
	enum err err = fleet_bundle_read(f->dir, &now);

	if (err != ERR_OK)
		return err;
	trust.bundle = bytes(now.sealed, now.len);

	for (unsigned i = 0; i < f->order_public_count; i++)
		keys[i] = bytes(f->order_public[i].bytes, f->order_public[i].len);
	trust.n_ca = 1;
	trust.ca = &ca;
	trust.n_order_keys = f->order_public_count;
	trust.order_keys = keys;
	trust.escrow_key = bytes(f->escrow.bytes, f->escrow.len);
	trust.group = (char *)(uintptr_t)d->group;
	trust.device_id = bytes(d->id, sizeof(d->id));
	trust.server_name = (char *)(uintptr_t)f->server_name;
	len = caltrop__v1__trust__get_packed_size(&trust);
	if (len > sizeof(memory))
		return ERR_TOO_LONG;
	caltrop__v1__trust__pack(&trust, memory);
	buf_bytes(out, memory, len);
	return buf_check(out);
}

enum err fleet_use_notary(struct fleet *f, struct notary *notary)
{
	const struct key_der *ca = notary_ca_key(notary);
	struct key_der public_key;
	enum err err = key_cert_public(f->ca_cert, f->ca_cert_len, &public_key);

	if (err != ERR_OK)
		return err;
	if (ca->len != public_key.len || memcmp(ca->bytes, public_key.bytes, ca->len) != 0)
		return ERR_UNTRUSTED;
	f->notary = notary;
	return ERR_OK;
}

/* -- what the service signs with its order key -- */

static enum err sign(const struct fleet *f, enum notary_kind kind, const struct buf *b, struct object_signature *out)
{
	struct key_der trusted;
	enum err err = notary_sign(f->notary, kind, (struct str){b->data, b->len}, out);

	if (err == ERR_OK && !fleet_bundle_order_key(f, out->key_id, &trusted))
		err = ERR_REVOKED;
	return err;
}

enum err fleet_sign(const struct fleet *f, const struct order *order, struct registry_order *out)
{
	struct buf b = buf_over(out->order, sizeof(out->order));
	enum err err = notary_order_key(f->notary)->len > 0 ? order_encode(&b, order) : ERR_DENIED;

	if (err == ERR_OK)
		err = sign(f, NOTARY_ORDER, &b, &out->signatures[0]);
	if (err != ERR_OK)
		return err;
	out->signature_count = 1;
	out->order_len = (uint16_t)b.len;
	memcpy(out->id, order->id, sizeof(out->id));
	out->created_us = order->created_s * 1000000;
	out->not_after_s = order->not_after_s;
	snprintf(out->author, sizeof(out->author), "%s", order->author);
	return ERR_OK;
}

enum err fleet_sign_object(const struct fleet *f, const struct object *object, struct store_object *out)
{
	struct buf b = buf_over(out->statement, sizeof(out->statement));
	enum err err = notary_order_key(f->notary)->len > 0 ? object_encode(&b, object) : ERR_DENIED;

	if (err == ERR_OK)
		err = sign(f, NOTARY_OBJECT, &b, &out->signatures[0]);
	if (err != ERR_OK)
		return err;
	out->signature_count = 1;
	out->statement_len = (uint16_t)b.len;
	out->size = object->size;
	return ERR_OK;
}
