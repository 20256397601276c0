/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds, and the statement's bytes. Never looks at an object's content. */
#include "proto/object.h"

#include "agent/base/key.h"
#include "agent/base/view.h"
#include "proto/delegation.h"
#include "proto/filter.h"
#include "proto/playbook.h"
#include "proto/short_text.h"
#include "proto/tuning.h"

#include <stdio.h>
#include <string.h>

#define MIB (1u << 20)

/* One row per kind, and nothing else here knows a kind. */
static const struct object_kind kinds[] = {
	{1, OBJECT_DOWN, OBJECT_BY_ORDER_KEY, 1, 4 * MIB, "file", "a file for programs of the device's maker"},
	{2, OBJECT_UP, OBJECT_BY_NOBODY, 0, 4 * MIB, "upload", "a file that root of the device sends"},
	{3, OBJECT_DOWN, OBJECT_BY_ORDER_KEY, 1, 8 * MIB, "rules", "a pack of Sigma rules, named pack"},
	{4, OBJECT_DOWN, OBJECT_BY_ORDER_KEY, 1, FILTER_BYTES_MAX, "policy", "a packet-filter policy, named filter"},
	{5, OBJECT_DOWN, OBJECT_BY_ORDER_KEY, 1, PLAYBOOK_BYTES_MAX, PLAYBOOK_KIND,
	 "a playbook that runs for incidents, by its own name"},
	{6, OBJECT_UP, OBJECT_BY_NOBODY, 0, 4 * MIB, "triage", "what a device collected for an order"},
	{7, OBJECT_DOWN, OBJECT_BY_ORDER_KEY, 1, TUNING_BYTES_MAX, TUNING_KIND, "settings of a guard, named tuning"},
	{8, OBJECT_DOWN, OBJECT_BY_ORDER_KEY, 1, DELEGATION_BYTES_MAX, DELEGATION_KIND,
	 "what the service may ban for a group, named immunity"},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char magic[4] = {'C', 'T', 'J', '1'};

const struct object_kind *object_kind_at(unsigned place)
{
	return place < KINDS ? &kinds[place] : NULL;
}

const struct object_kind *object_kind(uint8_t number)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (kinds[i].number == number)
			return &kinds[i];
	return NULL;
}

const struct object_kind *object_kind_named(const char *name)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool object_name_valid(const char *name)
{
	size_t len = strnlen(name, OBJECT_NAME_MAX);

	if (len == 0 || len == OBJECT_NAME_MAX || !is_plain(name[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_plain(name[i]) && name[i] != '.' && name[i] != '_' && name[i] != '-')
			return false;
	return true;
}

enum err object_check(const struct object *o, char why[OBJECT_WHY_MAX])
{
	const struct object_kind *kind = object_kind(o->kind);

	if (!kind) {
		snprintf(why, OBJECT_WHY_MAX, "this build does not know objects of kind %u", o->kind);
		return ERR_UNSUPPORTED;
	}
	if (!object_name_valid(o->name)) {
		snprintf(why, OBJECT_WHY_MAX,
			 "a name is 1 to %d of a-z, 0-9, '.', '_' and '-', and begins with a letter or digit",
			 OBJECT_NAME_MAX - 1);
		return ERR_INVALID;
	}
	if (!short_text_valid(o->author, sizeof(o->author)) || !short_text_valid(o->group, sizeof(o->group)) ||
	    o->created_s < 0 || o->version == 0 || o->version > INT64_MAX) {
		snprintf(why, OBJECT_WHY_MAX, "its version, time, author or group is out of its range");
		return ERR_INVALID;
	}
	if (o->size > kind->bytes_max) {
		snprintf(why, OBJECT_WHY_MAX, "it has %u bytes; a %s has at most %u", o->size, kind->name,
			 kind->bytes_max);
		return ERR_TOO_LONG;
	}
	return ERR_OK;
}

enum err object_encode(struct buf *b, const struct object *o)
{
	char why[OBJECT_WHY_MAX];
	enum err err = object_check(o, why);

	if (err != ERR_OK)
		return err;
	buf_bytes(b, magic, sizeof(magic));
	buf_be8(b, o->kind);
	buf_be64(b, o->version);
	buf_be32(b, o->size);
	buf_bytes(b, o->sha256, sizeof(o->sha256));
	buf_be64(b, (uint64_t)o->created_s);
	short_text_put(b, o->name);
	short_text_put(b, o->author);
	short_text_put(b, o->group);
	return buf_check(b);
}

enum err object_decode(struct str statement, struct object *out, char why[OBJECT_WHY_MAX])
{
	struct view v = view_over(statement.data, statement.len);
	char head[sizeof(magic)];
	enum err err;

	memset(out, 0, sizeof(*out));
	view_bytes(&v, head, sizeof(head));
	out->kind = view_be8(&v);
	out->version = view_be64(&v);
	out->size = view_be32(&v);
	view_bytes(&v, out->sha256, sizeof(out->sha256));
	out->created_s = (int64_t)view_be64(&v);
	if (memcmp(head, magic, sizeof(head)) != 0 || !short_text_take(&v, out->name, sizeof(out->name)) ||
	    !short_text_take(&v, out->author, sizeof(out->author)) ||
	    !short_text_take(&v, out->group, sizeof(out->group)) || view_done(&v) != ERR_OK) {
		snprintf(why, OBJECT_WHY_MAX, "it is not the statement of an object");
		err = v.short_read ? ERR_TRUNCATED : ERR_INVALID;
	} else {
		err = object_check(out, why);
	}
	if (err != ERR_OK)
		memset(out, 0, sizeof(*out));
	return err;
}

void object_id(struct str statement, uint8_t id[OBJECT_ID])
{
	uint8_t digest[32];

	key_sha256(statement.data, statement.len, digest);
	memcpy(id, digest, OBJECT_ID);
}

void object_staged_name(const uint8_t id[OBJECT_ID], char name[OBJECT_STAGED_MAX])
{
	struct buf b = buf_over(name, OBJECT_STAGED_MAX);

	buf_hex(&b, id, 8);
	buf_bytes(&b, ".in", 4);
}

void object_waiting_name(const uint8_t id[OBJECT_ID], char name[OBJECT_STAGED_MAX])
{
	struct buf b = buf_over(name, OBJECT_STAGED_MAX);

	buf_hex(&b, id, 8);
	buf_bytes(&b, ".up", 4);
}

bool object_is_waiting(const char *name)
{
	return strlen(name) == OBJECT_STAGED_MAX - 1 && strcmp(name + 16, ".up") == 0;
}

void object_waiting_head(struct buf *b, struct str statement)
{
	buf_text(b, OBJECT_WAITING_MAGIC);
	buf_be16(b, (uint16_t)statement.len);
	buf_put(b, statement);
}

void object_describe(struct buf *b, const struct object *o)
{
	const struct object_kind *kind = object_kind(o->kind);

	buf_printf(b, "%s %s version %llu (%u bytes)", kind ? kind->name : "object", o->name,
		   (unsigned long long)o->version, o->size);
}
