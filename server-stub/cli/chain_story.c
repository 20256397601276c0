/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON and base64 to bytes. Judges nothing. */
#include "server-stub/cli/chain_story.h"

#include "agent/base/buf.h"

#include <mbedtls/base64.h>

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *item, const char *name)
{
	const char *text = json_string_value(json_object_get(item, name));

	return text ? text : "";
}

static uint64_t number_of(const json_t *item, const char *name)
{
	json_int_t value = json_integer_value(json_object_get(item, name));

	return value > 0 ? (uint64_t)value : 0;
}

static struct str decode(struct chain_story *s, const json_t *item, const char *name)
{
	const char *text = text_of(item, name);
	struct str out = {(const char *)s->bytes + s->used, 0};

	if (mbedtls_base64_decode(s->bytes + s->used, s->size - s->used, &out.len, (const unsigned char *)text,
				  strlen(text)))
		return STR_NONE;
	s->used += out.len;
	return out;
}

static void read_receipt(struct chain_story *s, const json_t *item)
{
	struct chain_receipt *r = &s->receipts[s->told.receipt_count++];
	struct str prev = decode(s, item, "prev");

	*r = (struct chain_receipt){.bytes = decode(s, item, "receipt")};
	r->place.seq = number_of(item, "seq");
	r->place.prev_seq = number_of(item, "prev_seq");
	if (prev.len == CHAIN_HASH)
		memcpy(r->place.prev, prev.data, CHAIN_HASH);
	if (prev.len != CHAIN_HASH || r->place.prev_seq >= r->place.seq)
		r->place.seq = 0;
}

static void read_head(struct chain_story *s, const json_t *item)
{
	struct chain_head *h = &s->heads[s->told.head_count++];
	struct str hash = decode(s, item, "hash");

	*h = (struct chain_head){.seq = number_of(item, "seq"), .signature = decode(s, item, "signature")};
	if (hash.len == CHAIN_HASH)
		memcpy(h->hash, hash.data, CHAIN_HASH);
	else
		h->signature = STR_NONE;
}

enum err chain_story_read(struct chain_story *s, const json_t *items)
{
	size_t i, count = json_array_size(items);
	const json_t *item;

	*s = (struct chain_story){.size = 1};
	json_array_foreach(items, i, item) s->size += strlen(text_of(item, "receipt")) + strlen(text_of(item, "prev")) +
						      strlen(text_of(item, "hash")) +
						      strlen(text_of(item, "signature"));
	s->bytes = malloc(s->size);
	s->receipts = calloc(count + 1, sizeof(*s->receipts));
	s->heads = calloc(count + 1, sizeof(*s->heads));
	s->told = (struct chain_records){.receipts = s->receipts, .heads = s->heads};
	if (!s->bytes || !s->receipts || !s->heads)
		return ERR_NO_MEMORY;
	json_array_foreach(items, i, item)
	{
		if (strcmp(text_of(item, "kind"), "head") == 0)
			read_head(s, item);
		else
			read_receipt(s, item);
	}
	return ERR_OK;
}

void chain_story_free(struct chain_story *s)
{
	free(s->bytes);
	free(s->receipts);
	free(s->heads);
}

static bool is_key(struct key_der *key, const char *text, const char *wanted)
{
	uint8_t id[KEY_ID];
	char hex[KEY_ID * 2];
	struct buf b = buf_over(hex, sizeof(hex));
	size_t len;

	if (!text[0] ||
	    mbedtls_base64_decode(key->bytes, sizeof(key->bytes), &len, (const unsigned char *)text, strlen(text)))
		return false;
	key->len = (uint16_t)len;
	key_id(key, id);
	buf_hex(&b, id, KEY_ID);
	return str_equal(buf_str(&b), str_from(wanted));
}

bool chain_story_key(const json_t *items, const char *id, struct key_der *key)
{
	const json_t *item;
	size_t i;

	json_array_foreach(items, i, item) if (is_key(key, text_of(item, "key"), id)) return true;
	key->len = 0;
	return false;
}
