/* SPDX-License-Identifier: Apache-2.0 */
/* The heads of CBOR items, and a walk over nested ones that only counts what is still to come. */
#include "server-stub/api/cbor.h"

#define SHORT 24      /* below this the head itself is the value; from here to 27 it stands in 1, 2, 4 or 8 bytes */
#define INDEFINITE 31 /* its end is marked instead */

static enum err take_value(struct str *rest, unsigned info, uint64_t *value)
{
	size_t len = info < SHORT ? 0 : (size_t)1 << (info - SHORT);

	*value = info;
	if (info == INDEFINITE)
		return ERR_UNSUPPORTED;
	if (info > SHORT + 3 || len > rest->len)
		return ERR_INVALID;
	if (len)
		*value = 0;
	for (size_t i = 0; i < len; i++)
		*value = *value << 8 | (uint8_t)rest->data[i];
	*rest = str_sub(*rest, len, SIZE_MAX);
	return ERR_OK;
}

enum err cbor_next(struct str *rest, struct cbor_item *out)
{
	unsigned head;
	enum err err;

	*out = (struct cbor_item){.bytes = STR_NONE};
	if (!rest->len)
		return ERR_INVALID;
	head = (uint8_t)rest->data[0];
	out->type = (enum cbor_type)(head >> 5);
	*rest = str_sub(*rest, 1, SIZE_MAX);
	err = take_value(rest, head & 31, &out->value);
	if (err || (out->type != CBOR_BYTES && out->type != CBOR_TEXT))
		return err;
	if (out->value > rest->len)
		return ERR_INVALID;
	out->bytes = str_sub(*rest, 0, (size_t)out->value);
	*rest = str_sub(*rest, (size_t)out->value, SIZE_MAX);
	return ERR_OK;
}

/* How many items an item has in it; more than there are bytes left cannot come. */
static enum err items_in(const struct cbor_item *item, size_t bytes_left, size_t *count)
{
	*count = item->type == CBOR_TAG ? 1 : 0;
	if (item->type != CBOR_ARRAY && item->type != CBOR_MAP)
		return ERR_OK;
	if (item->value > bytes_left)
		return ERR_INVALID;
	*count = (size_t)item->value * (item->type == CBOR_MAP ? 2 : 1);
	return ERR_OK;
}

enum err cbor_skip(struct str *rest)
{
	struct cbor_item item;
	size_t wanted = 1, more;

	while (wanted) {
		enum err err = cbor_next(rest, &item);

		if (!err)
			err = items_in(&item, rest->len, &more);
		if (err)
			return err;
		wanted += more - 1;
		if (wanted > rest->len)
			return ERR_INVALID;
	}
	return ERR_OK;
}
