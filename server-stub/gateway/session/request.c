/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what devices say, tag by tag (proto/caltrop/v1/link.proto), without unpacking. Decides nothing. */
#include "server-stub/gateway/session/request.h"

#include "agent/base/key.h"
#include "proto/wire.h"

#include <string.h>

enum err request_read(struct str message, enum request_body *body, struct str *bytes)
{
	struct wire_field field;
	enum err err;

	*body = REQUEST_OTHER;
	*bytes = STR_NONE;
	while ((err = wire_next(&message, &field)) == ERR_OK) {
		if (field.number > REQUEST_LAST)
			continue;
		if (field.type != WIRE_BYTES || *body != REQUEST_OTHER)
			return ERR_PROTOCOL;
		*body = (enum request_body)field.number;
		*bytes = field.bytes;
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool copy_id(const struct wire_field *f, uint8_t id[STORE_ID])
{
	if (f->type != WIRE_BYTES || f->bytes.len != STORE_ID)
		return false;
	memcpy(id, f->bytes.data, STORE_ID);
	return true;
}

static bool copy_run(const struct wire_field *f, uint8_t run[REGISTRY_RUN])
{
	uint8_t id[STORE_ID];

	if (!copy_id(f, id))
		return false;
	memcpy(run, id, REGISTRY_RUN);
	return true;
}

/* Append a word to others. */
static void join(struct str word, char *text, size_t size)
{
	size_t len = strlen(text);

	if (len + 1 + word.len + 1 > size || word.len == 0 || str_find(word, STR(" ")) != SIZE_MAX)
		return;
	if (len > 0)
		text[len++] = ' ';
	str_show(word, text + len, size - len);
}

enum err request_hello(struct str bytes, struct session_hello *out)
{
	struct wire_field f;
	bool has_spool = false, has_run = false;
	enum err err;

	memset(out, 0, sizeof(*out));
	while ((err = wire_next(&bytes, &f)) == ERR_OK) {
		switch (f.number) {
		case 1: has_spool = copy_id(&f, out->spool_id); break;
		case 2: out->oldest_seq = f.value; break;
		case 3: out->next_seq = f.value; break;
		case 4: str_show(f.bytes, out->version, sizeof(out->version)); break;
		case 5: join(f.bytes, out->features, sizeof(out->features)); break;
		case 6: str_show(f.bytes, out->hostname, sizeof(out->hostname)); break;
		case 9:
			if (!has_run)
				copy_run(&f, out->run);
			break;
		case 12: has_run = copy_run(&f, out->run); break;
		case 8: out->wall_us = (int64_t)f.value; break;
		case 10: str_show(f.bytes, out->kernel, sizeof(out->kernel)); break;
		case 11: str_show(f.bytes, out->arch, sizeof(out->arch)); break;
		case 13: out->trust_version = f.value; break;
		default: break;
		}
	}
	return err == ERR_NOT_FOUND && has_spool ? ERR_OK : ERR_PROTOCOL;
}

static enum err count_entry(struct str entry, struct log_batch *out)
{
	struct wire_field f;
	uint64_t seq = 0;
	enum err err;

	while ((err = wire_next(&entry, &f)) == ERR_OK)
		if (f.number == 1 && f.type == WIRE_VARINT)
			seq = f.value;
	if (err != ERR_NOT_FOUND || seq <= out->last_seq || seq > INT64_MAX)
		return ERR_PROTOCOL;
	if (out->count++ == 0)
		out->first_seq = seq;
	out->last_seq = seq;
	return ERR_OK;
}

enum err request_batch(struct str bytes, struct log_batch *out)
{
	struct wire_field f;
	bool has_spool = false;
	enum err err;

	memset(out, 0, sizeof(*out));
	out->blob = bytes;
	while ((err = wire_next(&bytes, &f)) == ERR_OK) {
		if (f.number == 1)
			has_spool = copy_id(&f, out->spool);
		else if (f.number == 2)
			err = f.type == WIRE_BYTES ? count_entry(f.bytes, out) : ERR_PROTOCOL;
		if (err != ERR_OK)
			return err;
	}
	return err == ERR_NOT_FOUND && has_spool && out->count > 0 ? ERR_OK : ERR_PROTOCOL;
}

enum err request_seen(struct str bytes, uint8_t order_id[STORE_ID])
{
	struct wire_field f;
	bool has_id = false;
	enum err err;

	while ((err = wire_next(&bytes, &f)) == ERR_OK)
		if (f.number == 1)
			has_id = copy_id(&f, order_id);
	return err == ERR_NOT_FOUND && has_id ? ERR_OK : ERR_PROTOCOL;
}

enum err request_renew(struct str bytes, struct str *csr)
{
	if (!wire_valid(bytes))
		return ERR_PROTOCOL;
	*csr = wire_bytes(bytes, 1);
	return csr->len > 0 && csr->len <= KEY_CSR_MAX ? ERR_OK : ERR_PROTOCOL;
}

enum err request_ping(struct str bytes, uint64_t *nonce)
{
	struct wire_field f;
	enum err err;

	*nonce = 0;
	while ((err = wire_next(&bytes, &f)) == ERR_OK)
		if (f.number == 1 && f.type == WIRE_VARINT)
			*nonce = f.value;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
