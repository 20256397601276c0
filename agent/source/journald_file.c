/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the chain of entry arrays, reads each entry's items, and takes the data objects of the wanted fields. Most data
 * objects are shared by many entries, so what an offset holds is remembered. Pure, apart from what io does.
 */
#include "agent/source/journald_file.h"

#include "agent/source/journald_unpack.h"

#include <string.h>

/* Offsets in the header, the objects and the flags: journal-def.h of systemd. All integers are little-endian. */
enum {
	HEADER_BYTES = 208, /* of the oldest format; later ones only add */
	AT_INCOMPATIBLE = 12,
	AT_STATE = 16,
	AT_FILE_ID = 24,
	AT_SEQNUM_ID = 72,
	AT_ENTRIES = 152,
	AT_TAIL_SEQNUM = 160,
	AT_ENTRY_ARRAY = 176,

	STATE_ARCHIVED = 2,

	KEYED_HASH = 4,
	WITH_ZSTD = 8,
	WITH_XZ = 1,
	WITH_LZ4 = 2,
	COMPACT = 16,

	OBJECT_BYTES = 16,
	OBJECT_DATA = 1,
	OBJECT_ENTRY = 3,
	OBJECT_ENTRY_ARRAY = 6,

	DATA_HEAD = 64,
	DATA_HEAD_COMPACT = 72,
	ENTRY_HEAD = 64,
	ARRAY_HEAD = 24,
};

#define DAMAGED_MAX 64u	  /* damaged entries one after another: then the rest is taken for damaged, too */
#define ITEMS_AT_ONCE 64u /* items of an entry in one read */

static const struct {
	struct str name;
	enum journald_field field;
} names[] = {
	{STR("MESSAGE="), JOURNALD_MESSAGE},
	{STR("SYSLOG_IDENTIFIER="), JOURNALD_IDENTIFIER},
	{STR("SYSLOG_PID="), JOURNALD_SYSLOG_PID},
	{STR("_PID="), JOURNALD_PID},
	{STR("_UID="), JOURNALD_UID},
	{STR("_EXE="), JOURNALD_EXE},
	{STR("_TRANSPORT="), JOURNALD_TRANSPORT},
	{STR("_SYSTEMD_UNIT="), JOURNALD_UNIT},
	{STR("CONTAINER_PARTIAL_MESSAGE="), JOURNALD_PARTIAL},
	{STR("CONTAINER_PARTIAL_ID="), JOURNALD_PARTIAL},
};

static uint64_t le(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = bytes; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

static bool read_at(const struct journald_file *f, uint64_t offset, void *to, size_t len)
{
	return offset <= (uint64_t)INT64_MAX - len && f->io.read(f->io.context, offset, to, len) == (int64_t)len;
}

/* The type of an object, and how many bytes each of its kind begins with. */
struct object {
	uint8_t type;
	size_t len;
};

/* Read the head of an object. */
static bool object_at(const struct journald_file *f, uint64_t offset, struct object want, uint8_t *head)
{
	uint8_t type = want.type;
	size_t len = want.len;

	return offset >= HEADER_BYTES && offset % 8 == 0 && read_at(f, offset, head, len) && head[0] == type &&
	       le(head + 8, 8) >= len && le(head + 8, 8) < INT64_MAX - offset;
}

enum err journald_file_refresh(struct journald_file *f)
{
	uint8_t header[HEADER_BYTES];

	if (!read_at(f, 0, header, sizeof(header)))
		return ERR_TRUNCATED;
	if (memcmp(header, "LPKSHHRH", 8) != 0)
		return ERR_CORRUPT;
	if (le(header + AT_INCOMPATIBLE, 4) & ~(uint64_t)(WITH_XZ | WITH_LZ4 | KEYED_HASH | WITH_ZSTD | COMPACT))
		return ERR_UNSUPPORTED;
	f->compact = le(header + AT_INCOMPATIBLE, 4) & COMPACT;
	f->archived = header[AT_STATE] == STATE_ARCHIVED;
	f->entries = le(header + AT_ENTRIES, 8);
	f->tail_seqnum = le(header + AT_TAIL_SEQNUM, 8);
	if (f->at.array == 0)
		f->at.array = le(header + AT_ENTRY_ARRAY, 8);
	memcpy(f->file_id, header + AT_FILE_ID, JOURNALD_ID);
	memcpy(f->seqnum_id, header + AT_SEQNUM_ID, JOURNALD_ID);
	return ERR_OK;
}

enum err journald_file_begin(struct journald_file *f, const struct journald_io *io)
{
	memset(f, 0, sizeof(*f));
	f->io = *io;
	return journald_file_refresh(f);
}

/* Learn how many places the array at f->at.array has, and where the next one is. */
static bool array_head(struct journald_file *f, uint64_t *next)
{
	uint8_t head[ARRAY_HEAD];

	if (!object_at(f, f->at.array, (struct object){OBJECT_ENTRY_ARRAY, sizeof(head)}, head))
		return false;
	*next = le(head + 16, 8);
	f->at.places = (le(head + 8, 8) - ARRAY_HEAD) / (f->compact ? 4 : 8);
	/* Arrays only follow, so a chain cannot be a ring. */
	return f->at.places > 0 && (*next == 0 || *next > f->at.array);
}

static bool place_at(const struct journald_file *f, uint64_t index, uint64_t *entry)
{
	unsigned bytes = f->compact ? 4 : 8;
	uint8_t item[8];

	if (!read_at(f, f->at.array + ARRAY_HEAD + index * bytes, item, bytes))
		return false;
	*entry = le(item, bytes);
	return *entry != 0;
}

/* The offset of the next entry. */
static enum err next_offset(struct journald_file *f, uint64_t *entry)
{
	uint64_t next;

	if (f->at.taken >= f->entries || f->at.array == 0)
		return ERR_NOT_FOUND;
	if (f->at.places == 0 && !array_head(f, &next))
		return ERR_CORRUPT;
	if (f->at.index >= f->at.places) {
		if (!array_head(f, &next) || next == 0)
			return ERR_CORRUPT;
		f->at.array = next;
		f->at.index = 0;
		if (!array_head(f, &next))
			return ERR_CORRUPT;
	}
	if (!place_at(f, f->at.index, entry))
		return ERR_CORRUPT;
	f->at.index++;
	f->at.taken++;
	return ERR_OK;
}

static enum err seqnum_at(const struct journald_file *f, uint64_t entry, uint64_t *seqnum)
{
	uint8_t head[ENTRY_HEAD];

	if (!object_at(f, entry, (struct object){OBJECT_ENTRY, sizeof(head)}, head))
		return ERR_CORRUPT;
	*seqnum = le(head + 16, 8);
	return ERR_OK;
}

/* Pass over the rest of the array at once, when its last entry is not wanted either. */
static bool skip_array(struct journald_file *f, uint64_t seqnum)
{
	uint64_t left = f->at.places - f->at.index, next, entry, last;

	if (f->at.index != 0 || f->at.taken + left > f->entries || !place_at(f, f->at.places - 1, &entry) ||
	    seqnum_at(f, entry, &last) != ERR_OK || last > seqnum)
		return false;
	f->at.taken += left;
	f->at.index = f->at.places;
	return array_head(f, &next);
}

enum err journald_file_peek(struct journald_file *f, uint64_t *seqnum)
{
	uint64_t entry;

	for (unsigned tries = 0; tries < DAMAGED_MAX; tries++) {
		struct journald_place before = f->at;
		enum err err = next_offset(f, &entry);

		if (err != ERR_OK)
			return err;
		if (seqnum_at(f, entry, seqnum) == ERR_OK && *seqnum > 0) {
			f->at = before;
			return ERR_OK;
		}
		f->damaged++;
	}
	return ERR_CORRUPT;
}

enum err journald_file_seek(struct journald_file *f, uint64_t seqnum)
{
	uint64_t next, entry, number;

	for (;;) {
		if (f->at.array && f->at.places == 0 && !array_head(f, &next))
			return ERR_CORRUPT;
		if (f->at.taken < f->entries && f->at.places && skip_array(f, seqnum))
			continue;
		enum err err = journald_file_peek(f, &number);

		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_OK : err;
		if (number > seqnum)
			return ERR_OK;
		err = next_offset(f, &entry);
		if (err != ERR_OK)
			return err;
	}
}

static enum journald_field field_of(struct str *payload)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_take(payload, names[i].name))
			return names[i].field;
	return JOURNALD_OTHER;
}

/*
 * Unpack a message into f->message; the field's name is cut off. What else is packed, a long _CMDLINE, may come after
 * the message in the same entry, so that it is unpacked elsewhere.
 */
static enum journald_field unpack(struct journald_file *f, struct str packed, uint8_t flags)
{
	static char bytes[JOURNALD_MESSAGE_MAX];
	struct buf out = buf_over(bytes, sizeof(bytes));
	enum journald_field field;
	struct str text;
	bool cut;
	enum err err = journald_unpack(flags & JOURNALD_PACKINGS, packed, &out, &cut);

	if (err != ERR_OK) {
		f->not_unpacked++;
		f->foreign |= err == ERR_UNSUPPORTED ? flags & JOURNALD_PACKINGS : 0;
		return JOURNALD_OTHER;
	}
	text = buf_str(&out);
	field = field_of(&text);
	if (field != JOURNALD_MESSAGE)
		return JOURNALD_OTHER;
	memcpy(f->message, text.data, text.len);
	f->message_len = text.len;
	f->message_cut = cut;
	return field;
}

/* Read what is behind the head of a data object, at most as much as a message may have. */
static enum journald_field read_data(struct journald_file *f, uint64_t offset, const uint8_t *head, struct str *value)
{
	size_t skip = f->compact ? DATA_HEAD_COMPACT : DATA_HEAD;
	uint64_t size = le(head + 8, 8) - skip;
	static char bytes[JOURNALD_MESSAGE_MAX + 16];
	size_t len = size < sizeof(bytes) ? (size_t)size : sizeof(bytes);

	if (!read_at(f, offset + skip, bytes, len))
		return JOURNALD_OTHER;
	*value = (struct str){bytes, len};
	if (head[1] & JOURNALD_PACKINGS)
		return unpack(f, *value, head[1]);
	enum journald_field field = field_of(value);

	if (field != JOURNALD_MESSAGE)
		return field;
	f->message_cut = len < size || value->len > sizeof(f->message);
	*value = str_sub(*value, 0, sizeof(f->message));
	memcpy(f->message, value->data, value->len);
	f->message_len = value->len;
	return field;
}

static struct journald_known *slot_of(struct journald_file *f, uint64_t offset)
{
	return &f->known[(offset >> 3) % JOURNALD_KNOWN];
}

/* Take one data object into the entry. */
static bool take_data(struct journald_file *f, uint64_t offset, struct journald_entry *out)
{
	struct journald_known *known = slot_of(f, offset);
	uint8_t head[DATA_HEAD_COMPACT];
	struct str value = STR_NONE;

	if (known->offset != offset) {
		if (!object_at(f, offset, (struct object){OBJECT_DATA, f->compact ? DATA_HEAD_COMPACT : DATA_HEAD},
			       head))
			return false;
		enum journald_field field = read_data(f, offset, head, &value);

		if (field == JOURNALD_MESSAGE) {
			out->message = (struct str){f->message, f->message_len};
			out->cut = f->message_cut;
			return true;
		}
		*known = (struct journald_known){.offset = offset, .field = (uint8_t)field};
		value = str_sub(value, 0, field == JOURNALD_OTHER ? 0 : JOURNALD_VALUE_MAX);
		known->len = (uint8_t)value.len;
		if (value.len)
			memcpy(known->value, value.data, value.len);
	}
	if (known->field != JOURNALD_OTHER) {
		memcpy(f->values[known->field], known->value, known->len);
		out->fields[known->field] = (struct str){f->values[known->field], known->len};
	}
	return true;
}

static enum err take_entry(struct journald_file *f, uint64_t offset, struct journald_entry *out)
{
	unsigned item_bytes = f->compact ? 4 : 16;
	uint8_t head[ENTRY_HEAD], items[ITEMS_AT_ONCE * 16];

	if (!object_at(f, offset, (struct object){OBJECT_ENTRY, sizeof(head)}, head))
		return ERR_CORRUPT;
	uint64_t count = (le(head + 8, 8) - ENTRY_HEAD) / item_bytes;

	*out = (struct journald_entry){.seqnum = le(head + 16, 8), .realtime_us = (int64_t)le(head + 24, 8)};
	if (count > JOURNALD_FIELDS_MAX)
		count = JOURNALD_FIELDS_MAX;
	for (uint64_t at = 0; at < count; at += ITEMS_AT_ONCE) {
		unsigned n = count - at < ITEMS_AT_ONCE ? (unsigned)(count - at) : ITEMS_AT_ONCE;

		if (!read_at(f, offset + ENTRY_HEAD + at * item_bytes, items, (size_t)n * item_bytes))
			return ERR_CORRUPT;
		for (unsigned i = 0; i < n; i++)
			if (!take_data(f, le(items + (size_t)i * item_bytes, f->compact ? 4 : 8), out))
				return ERR_CORRUPT;
	}
	return ERR_OK;
}

enum err journald_file_next(struct journald_file *f, struct journald_entry *out)
{
	uint64_t offset;

	for (unsigned tries = 0; tries < DAMAGED_MAX; tries++) {
		enum err err = next_offset(f, &offset);

		if (err != ERR_OK)
			return err;
		if (take_entry(f, offset, out) == ERR_OK)
			return ERR_OK;
		f->damaged++;
	}
	return ERR_CORRUPT;
}
