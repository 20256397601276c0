/* SPDX-License-Identifier: Apache-2.0 */
/* Gives devices their objects. Reads and writes the store only; knows no connection. */
#include "server-stub/ingest/delivery.h"

#include <string.h>

enum err delivery_next(struct store *s, const uint8_t device[STORE_ID], struct delivery *out)
{
	struct object_message *m = &out->message;
	enum err err = store_object_waiting(s, device, &out->object);

	if (err != ERR_OK)
		return err;
	*m = (struct object_message){.what = OBJECT_OFFER, .signature_count = out->object.signature_count};
	memcpy(m->id, out->object.id, OBJECT_ID);
	memcpy(m->signatures, out->object.signatures, sizeof(m->signatures));
	m->data = (struct str){(const char *)out->object.statement, out->object.statement_len};
	return ERR_OK;
}

enum err delivery_piece(struct store *s, const uint8_t device[STORE_ID], const struct object_message *fetch,
			struct delivery *out)
{
	const struct store_object_read r = {{NULL, fetch->id}, fetch->offset, out->piece, sizeof(out->piece)};
	struct store_object_target target;
	size_t got = 0;
	enum err err = store_object_target_get(s, fetch->id, device, &target);

	if (err == ERR_OK && target.state <= TARGET_SENT)
		err = store_object_read(s, &r, &got);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	out->message = (struct object_message){.what = OBJECT_CHUNK, .offset = fetch->offset};
	memcpy(out->message.id, fetch->id, OBJECT_ID);
	out->message.data = (struct str){(const char *)out->piece, got};
	if (got > 0)
		return ERR_OK;
	out->message.what = OBJECT_DONE;
	out->message.status = OBJECT_GONE;
	return ERR_OK;
}

enum err delivery_done(struct store *s, const struct delivery_from *from, const struct object_message *done, bool *ours)
{
	struct store_object_target target;
	enum err err = store_object_target_get(s, done->id, from->device, &target);

	*ours = err == ERR_OK;
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	/* What a device said once stays: it may be offered again only while it has said nothing. */
	if (target.state > TARGET_SENT)
		return ERR_OK;
	if (done->status == OBJECT_KEPT || done->status == OBJECT_REFUSED)
		target.state = done->status == OBJECT_KEPT ? TARGET_DONE : TARGET_REFUSED;
	target.updated_us = from->wall_us;
	str_show(done->data, target.text, sizeof(target.text));
	return store_object_target_put(s, &target);
}
