/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is to be signed, and signs. It believes nothing that it can check. */
#include "server-stub/fleet/notary_desk.h"

#include "proto/object.h"
#include "proto/order.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/notary_cert.h"

#include <stddef.h>
#include <string.h>

#define PRIVATE_LABEL "EC PRIVATE KEY"
#define HEAD offsetof(struct notary_request, bytes)

static enum err load_key(struct fleet_file file, struct key_der *private_key, struct key_der *public_key)
{
	enum err err = fleet_file_key(file, PRIVATE_LABEL, private_key);

	return err == ERR_OK ? key_public(private_key, public_key) : err;
}

enum err notary_desk_load(const char *dir, struct notary_desk *out, const char **bad_file)
{
	struct fleet_conf conf;
	char error[FLEET_CONF_ERROR_MAX];
	enum err err;

	memset(out, 0, sizeof(*out));
	*bad_file = "server.conf";
	err = fleet_conf_load(dir, &conf, error);
	if (err != ERR_OK)
		return err;
	out->cert_days = conf.cert_days;
	err = load_key((struct fleet_file){dir, *bad_file = "ca_key.pem"}, &out->ca_key, &out->ca_public);
	if (err != ERR_OK)
		return err;
	err = load_key((struct fleet_file){dir, *bad_file = "order_key.pem"}, &out->order_key, &out->order_public);
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		*bad_file = NULL;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err sign(const struct notary_desk *d, const struct notary_request *r, struct notary_answer *a)
{
	size_t len;
	enum err err = key_sign(&d->order_key, key_random_kernel, r->bytes, r->len, a->bytes, &len);

	a->len = err == ERR_OK ? (uint32_t)len : 0;
	return err;
}

static enum err certify(const struct notary_desk *d, const struct notary_request *r, struct notary_answer *a)
{
	struct notary_cert c = {.ca_key = &d->ca_key, .public_key = &r->public_key, .wall_s = r->wall_s};
	enum err err = r->kind == NOTARY_DEVICE ? notary_cert_device(&c, r->device, d->cert_days)
						: notary_cert_server(&c, (const char *)r->bytes, r->len);

	if (err != ERR_OK)
		return err;
	memcpy(a->serial, c.serial, sizeof(a->serial));
	memcpy(a->bytes, c.bytes, c.len);
	a->not_after_s = c.not_after_s;
	a->len = (uint32_t)c.len;
	return ERR_OK;
}

/* Whether the bytes are what they are said to be. */
static enum err read_statement(const struct notary_request *r)
{
	char why[OBJECT_WHY_MAX > ORDER_WHY_MAX ? OBJECT_WHY_MAX : ORDER_WHY_MAX];
	struct object object;
	struct order order;

	return r->kind == NOTARY_ORDER ? order_decode(r->bytes, r->len, &order, why)
				       : object_decode((struct str){(const char *)r->bytes, r->len}, &object, why);
}

static enum err serve(const struct notary_desk *d, const struct notary_request *r, struct notary_answer *a)
{
	enum err err;

	switch ((enum notary_kind)r->kind) {
	case NOTARY_ORDER:
	case NOTARY_OBJECT:
		if (d->order_key.len == 0)
			return ERR_DENIED;
		err = read_statement(r);
		return err == ERR_OK ? sign(d, r, a) : err;
	case NOTARY_DEVICE:
	case NOTARY_SERVER: return certify(d, r, a);
	}
	return ERR_PROTOCOL;
}

void notary_desk_answer(const struct notary_desk *d, const struct notary_request *request, size_t len,
			struct notary_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (len >= HEAD)
		answer->number = request->number;
	if (len < HEAD || len - HEAD != request->len || request->public_key.len > KEY_DER_MAX)
		answer->err = ERR_PROTOCOL;
	else
		answer->err = serve(d, request, answer);
}
