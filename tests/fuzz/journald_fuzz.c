/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of any bytes in place of the journal's: the reader ends, gives nothing that the file does not have, and no
 * entry becomes a line of more than one writer's.
 */
#include "agent/source/journald.h"

#include "agent/base/require.h"

#include <string.h>

#define ENTRIES_MAX 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct image {
	const uint8_t *data;
	size_t size;
};

static int64_t read_image(void *context, uint64_t offset, void *to, size_t len)
{
	const struct image *i = context;

	if (offset > i->size)
		return 0;
	if (len > i->size - offset)
		len = i->size - (size_t)offset;
	memcpy(to, i->data + offset, len);
	return (int64_t)len;
}

static void check_entry(const struct journald_entry *e)
{
	char memory[JOURNALD_LINE_MAX];
	struct buf line = buf_over(memory, sizeof(memory));
	uint32_t writer;

	require(e->message.len <= JOURNALD_MESSAGE_MAX);
	for (unsigned i = 0; i < JOURNALD_FIELDS; i++)
		require(e->fields[i].len <= JOURNALD_VALUE_MAX);
	if (journald_line(e, &line, &writer))
		require(writer == 0 || journald_believed(e));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct journald_file f;
	struct image image = {data, size};
	struct journald_io io = {read_image, &image};
	struct journald_entry e;
	uint64_t seqnum;
	unsigned count = 0;

	if (journald_file_begin(&f, &io) != ERR_OK)
		return 0;
	if (size % 2 && journald_file_seek(&f, data[size - 1]) != ERR_OK)
		return 0;
	while (journald_file_peek(&f, &seqnum) == ERR_OK && journald_file_next(&f, &e) == ERR_OK) {
		check_entry(&e);
		require(++count < ENTRIES_MAX);
	}
	require(f.at.taken <= f.entries);
	return 0;
}
