/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fanotify and inotify tell, of any bytes: nothing is read outside of them, and every event is a step forward. And
 * the baseline of files, and the form of one.
 */
#include "agent/actor/lookout/lookout_baseline.h"
#include "agent/actor/lookout/lookout_events.h"
#include "agent/actor/lookout/lookout_form.h"
#include "agent/base/require.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_inside(struct str text, const uint8_t *data, size_t size)
{
	require(text.len == 0 ||
		((const uint8_t *)text.data >= data && (const uint8_t *)text.data + text.len <= data + size));
}

static void read_all(bool (*next)(struct view *, struct lookout_event *), const uint8_t *data, size_t size)
{
	struct view bytes = view_over(data, size);
	struct lookout_event e;
	size_t before = bytes.len + 1;

	while (next(&bytes, &e)) {
		require(bytes.len < before);
		before = bytes.len;
		is_inside(e.id, data, size);
		is_inside(e.name, data, size);
		require(memchr(e.name.len ? e.name.data : "", '\0', e.name.len) == NULL);
	}
}

/* With the checksum that such bytes have, or nothing behind it would be reached. */
static void read_baseline(uint8_t *data, size_t size)
{
	static struct lookout_dirs dirs;
	static struct lookout_files files;
	static struct lookout_wants wants;
	struct buf crc;

	if (size < 4)
		return;
	dirs.wants = &wants;
	dirs.rows[0] = (struct lookout_dir){.path = "/etc", .used = true, .wanted = true};
	lookout_files_init(&files, &dirs);
	crc = buf_over(data + size - 4, 4);
	buf_be32(&crc, hash_crc32c(0, data, size - 4));
	if (lookout_baseline_decode(&files, (struct str){(const char *)data, size}) != ERR_OK)
		require(files.known.count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *own = malloc(size ? size : 1);

	require(own != NULL);
	memcpy(own, data, size);
	require(lookout_form(own, size) < LOOKOUT_FORMS);
	read_all(lookout_events_fanotify, own, size);
	read_all(lookout_events_inotify, own, size);
	read_baseline(own, size);
	free(own);
	return 0;
}
