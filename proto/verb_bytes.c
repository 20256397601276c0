/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of verbs as bytes; the format is in verb.h. What decodes encodes to the same bytes. */
#include "proto/verb.h"

#include "agent/base/require.h"
#include "proto/verb_text.h"

#include <stdio.h>
#include <string.h>

static void put_addr(struct buf *b, const struct addr *a)
{
	buf_be8(b, a->family);
	buf_be8(b, a->prefix);
	buf_bytes(b, a->bytes, a->family == 4 ? 4 : 16);
}

static void put_value(struct buf *b, const struct verb_args *args, const struct verb_param *p)
{
	const void *at = (const uint8_t *)args + p->offset;
	const struct verb_nets *nets = at;

	switch (p->type) {
	case VERB_TYPE_ADDR: put_addr(b, at); break;
	case VERB_TYPE_NETS:
		for (unsigned i = 0; i < nets->count && i < VERB_NETS_MAX; i++)
			put_addr(b, &nets->list[i]);
		break;
	case VERB_TYPE_SECONDS: buf_be32(b, *(const uint32_t *)at); break;
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: buf_bytes(b, at, strnlen(at, verb_text_size(p->type))); break;
	case VERB_TYPE_PID: buf_be32(b, (uint32_t) * (const int32_t *)at); break;
	case VERB_TYPE_COUNT: buf_be64(b, *(const uint64_t *)at); break;
	default: break; /* a flag is its tag */
	}
}

void verb_args_encode(struct buf *b, const struct verb_args *args)
{
	uint8_t memory[VERB_BYTES_MAX], count = 0;
	struct buf all = buf_over(memory, sizeof(memory));

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		uint8_t value_memory[VERB_BYTES_MAX];
		struct buf value = buf_over(value_memory, sizeof(value_memory));

		if (!verb_arg_given(args, verb_param(tag)))
			continue;
		put_value(&value, args, verb_param(tag));
		buf_be8(&all, (uint8_t)tag);
		buf_be8(&all, (uint8_t)value.len);
		buf_put(&all, buf_str(&value));
		count++;
	}
	require(buf_check(&all) == ERR_OK);
	buf_be8(b, count);
	buf_put(b, buf_str(&all));
}

static bool take_addr(struct view *v, struct addr *a)
{
	a->family = view_be8(v);
	a->prefix = view_be8(v);
	if (a->family != 4 && a->family != 6)
		return false;
	view_bytes(v, a->bytes, a->family == 4 ? 4 : 16);
	return !v->short_read;
}

/* Whom an order is about is one host, in whichever form its author wrote the address. */
static bool take_host(struct view *v, struct addr *a)
{
	bool good = take_addr(v, a);

	*a = addr_plain(a);
	return good;
}

static bool take_nets(struct view *v, struct verb_nets *nets)
{
	while (v->len > 0)
		if (nets->count == VERB_NETS_MAX || !take_addr(v, &nets->list[nets->count++]))
			return false;
	return true;
}

static bool take_text(struct view *v, char *text, size_t size)
{
	size_t len = v->len;

	if (len >= size)
		return false;
	view_bytes(v, text, len);
	return memchr(text, '\0', len) == NULL;
}

static bool take_value(struct view *v, struct verb_args *args, const struct verb_param *p)
{
	void *at = (uint8_t *)args + p->offset;
	bool good = true;

	switch (p->type) {
	case VERB_TYPE_ADDR: good = take_host(v, at); break;
	case VERB_TYPE_NETS: good = take_nets(v, at); break;
	case VERB_TYPE_SECONDS: *(uint32_t *)at = view_be32(v); break;
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: good = take_text(v, at, verb_text_size(p->type)); break;
	case VERB_TYPE_PID: *(int32_t *)at = (int32_t)view_be32(v); break;
	case VERB_TYPE_COUNT: *(uint64_t *)at = view_be64(v); break;
	default: *(uint8_t *)at = 1; break;
	}
	/* A value that reads as not given would be a second spelling. */
	return good && view_done(v) == ERR_OK && verb_arg_given(args, p);
}

static enum err no(char why[VERB_WHY_MAX], const char *verb, unsigned tag, const char *what)
{
	const struct verb_param *p = verb_param(tag);

	if (p)
		snprintf(why, VERB_WHY_MAX, "%s: argument %s %s.", verb, p->name, what);
	else
		snprintf(why, VERB_WHY_MAX, "%s: argument %u %s.", verb, tag, what);
	return ERR_INVALID;
}

enum err verb_args_decode(struct view *v, struct verb_args *args, char why[VERB_WHY_MAX])
{
	const struct verb_row *row = verb_row(args->verb);
	unsigned last = 0;

	memset(args, 0, sizeof(*args));
	args->verb = row ? row->number : VERB_NONE;
	for (unsigned left = view_be8(v); left > 0 && !v->short_read; left--) {
		unsigned tag = view_be8(v);
		uint8_t len = view_be8(v);
		const uint8_t *bytes = view_borrow(v, len);
		struct view value = view_over(bytes, len);

		if (!bytes)
			break;
		if (!verb_param(tag) || !row || !verb_takes(row->number, tag))
			return no(why, row ? row->name : "?", tag, "is not known here");
		if (tag <= last)
			return no(why, row->name, tag, tag == last ? "is there twice" : "is out of order");
		if (!take_value(&value, args, verb_param(tag)))
			return no(why, row->name, tag, "has a value of a wrong form");
		last = tag;
	}
	if (!v->short_read)
		return ERR_OK;
	snprintf(why, VERB_WHY_MAX, "%s: its arguments end before they are complete.", row ? row->name : "?");
	return ERR_TRUNCATED;
}
