/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/ingest/spread.h"

#include "agent/base/buf.h"
#include "agent/base/hex.h"
#include "proto/wire.h"

#include <string.h>

#define PATH_SHOWN 96

/* The tags of caltrop.v1.File. */
enum {
	FILE_ACTION = 1,
	FILE_PATH = 2,
	FILE_GROUP = 6,
	FILE_GONE = 7,
	FILE_UPDATE = 9,
	FILE_HASH = 12,
	FILE_HASH_BEFORE = 13,
	FILE_SIZE = 20,
	FILE_MAINTENANCE = 24
};

struct told {
	struct str action, path, group, hash, hash_before;
	uint64_t size;
	bool gone, update, maintenance;
};

static void read_file(struct str file, struct told *out)
{
	struct wire_field f;

	memset(out, 0, sizeof(*out));
	while (wire_next(&file, &f) == ERR_OK) {
		switch (f.number) {
		case FILE_ACTION: out->action = f.bytes; break;
		case FILE_PATH: out->path = f.bytes; break;
		case FILE_GROUP: out->group = f.bytes; break;
		case FILE_HASH: out->hash = f.bytes; break;
		case FILE_HASH_BEFORE: out->hash_before = f.bytes; break;
		case FILE_GONE: out->gone = f.value != 0; break;
		case FILE_UPDATE: out->update = f.value != 0; break;
		case FILE_SIZE: out->size = f.value; break;
		case FILE_MAINTENANCE: out->maintenance = f.value != 0; break;
		default: break;
		}
	}
}

static bool came(const struct told *t)
{
	return !t->gone && !t->update && !t->maintenance && t->size > 0 && !str_equal(t->hash, t->hash_before) &&
	       !str_starts(t->group, STR("decoy")) &&
	       (str_equal(t->action, STR("create")) || str_equal(t->action, STR("write")) ||
		str_equal(t->action, STR("rename")));
}

static void write_notice(const struct told *t, const struct witnesses_found *found, struct notice *out)
{
	const struct witnesses_sight *last = &found->seen[found->count - 1];
	struct buf b = buf_over(out->text, sizeof(out->text) - 1);
	char path[PATH_SHOWN];

	memset(out, 0, sizeof(*out));
	memcpy(out->device, last->device, STORE_ID);
	out->rule = NOTICE_SPREAD;
	out->since_us = found->seen[0].at_us;
	out->wall_us = last->at_us;
	str_show(t->path, path, sizeof(path));
	buf_printf(&b, "%s with SHA-256 ", path);
	buf_bytes(&b, t->hash.data, t->hash.len);
	buf_text(&b, " came within an hour to the devices");
	witnesses_put(&b, found);
}

bool spread_saw(struct witnesses *w, struct str file, const struct witnesses_sight *sight, struct notice *out)
{
	struct witnesses_found found;
	uint8_t name[WITNESSES_NAME];
	struct told told;

	read_file(file, &told);
	if (!came(&told) || !hex_read(told.hash, name, sizeof(name)) || !witnesses_saw(w, name, sight, &found))
		return false;
	write_notice(&told, &found, out);
	/* One device may be the last of several at a time. */
	memcpy(&out->episode, name, sizeof(out->episode));
	out->episode ^= found.seen[0].at_us;
	return true;
}
