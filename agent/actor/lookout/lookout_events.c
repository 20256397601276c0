/* SPDX-License-Identifier: Apache-2.0 */
/* Reads linux/fanotify.h and sys/inotify.h. What older headers do not define is defined here, by the kernel's numbers.
 */
#include "agent/actor/lookout/lookout_events.h"

#include <linux/fanotify.h>

#include <string.h>
#include <sys/inotify.h>

#define INFO_DFID_NAME 2u     /* FAN_EVENT_INFO_TYPE_DFID_NAME */
#define FSID_BYTES 8u	      /* __kernel_fsid_t */
#define HANDLE_HEAD_BYTES 8u  /* of struct file_handle: its length and its type */
#define HANDLE_BYTES_MAX 128u /* MAX_HANDLE_SZ */

struct event_bit {
	uint64_t kernel;
	uint32_t told;
};

static uint32_t bits_of(uint64_t mask, const struct event_bit *bits)
{
	uint32_t told = 0;

	for (; bits->kernel; bits++)
		if (mask & bits->kernel)
			told |= bits->told;
	return told;
}

static const struct event_bit fanotify_bits[] = {
	{0x00000002, LOOKOUT_WRITTEN}, /* FAN_MODIFY */
	{0x00000004, LOOKOUT_MODE},    /* FAN_ATTRIB */
	{0x00000008, LOOKOUT_CLOSED},  /* FAN_CLOSE_WRITE */
	{0x00000040, LOOKOUT_REMOVED | LOOKOUT_MOVED_FROM},
	{0x00000080, LOOKOUT_MADE | LOOKOUT_MOVED_TO},
	{0x00000100, LOOKOUT_MADE},    /* FAN_CREATE */
	{0x00000200, LOOKOUT_REMOVED}, /* FAN_DELETE */
	{0x00000400, LOOKOUT_SELF},    /* FAN_DELETE_SELF */
	{0x00000800, LOOKOUT_SELF},    /* FAN_MOVE_SELF */
	{0x00004000, LOOKOUT_OVERFLOW},
	{0x40000000, LOOKOUT_IS_DIR}, /* FAN_ONDIR */
	{0, 0},
};

static const struct event_bit inotify_bits[] = {
	{IN_MODIFY, LOOKOUT_WRITTEN},
	{IN_ATTRIB, LOOKOUT_MODE},
	{IN_CLOSE_WRITE, LOOKOUT_CLOSED},
	{IN_MOVED_FROM, LOOKOUT_REMOVED | LOOKOUT_MOVED_FROM},
	{IN_MOVED_TO, LOOKOUT_MADE | LOOKOUT_MOVED_TO},
	{IN_CREATE, LOOKOUT_MADE},
	{IN_DELETE, LOOKOUT_REMOVED},
	{IN_DELETE_SELF, LOOKOUT_SELF},
	{IN_MOVE_SELF, LOOKOUT_SELF},
	{IN_IGNORED, LOOKOUT_SELF},
	{IN_Q_OVERFLOW, LOOKOUT_OVERFLOW},
	{IN_ISDIR, LOOKOUT_IS_DIR},
	{0, 0},
};

/* An info record: a head of four bytes, fsid, handle, and behind it a name that ends in NUL. */
static bool read_info(struct view info, struct lookout_event *out)
{
	uint32_t handle_len;
	size_t id_len;

	if (info.len < FSID_BYTES + HANDLE_HEAD_BYTES)
		return false;
	memcpy(&handle_len, info.data + FSID_BYTES, sizeof(handle_len));
	if (handle_len > HANDLE_BYTES_MAX || handle_len > info.len - FSID_BYTES - HANDLE_HEAD_BYTES)
		return false;
	id_len = FSID_BYTES + HANDLE_HEAD_BYTES + handle_len;
	out->id = (struct str){(const char *)info.data, id_len};
	out->name.data = (const char *)info.data + id_len;
	out->name.len = strnlen(out->name.data, info.len - id_len);
	/* The directory itself. */
	if (str_equal(out->name, STR(".")))
		out->name = STR_NONE;
	return true;
}

static void read_infos(struct view infos, struct lookout_event *out)
{
	while (infos.len >= sizeof(struct fanotify_event_info_header)) {
		struct fanotify_event_info_header head;
		struct view info = infos;

		memcpy(&head, infos.data, sizeof(head));
		if (head.len < sizeof(head) || head.len > infos.len)
			return;
		info.data += sizeof(head);
		info.len = head.len - sizeof(head);
		if (head.info_type == INFO_DFID_NAME && read_info(info, out))
			return;
		(void)view_borrow(&infos, head.len);
	}
}

bool lookout_events_fanotify(struct view *bytes, struct lookout_event *out)
{
	struct fanotify_event_metadata m;
	struct view event = *bytes;

	memset(out, 0, sizeof(*out));
	out->wd = -1;
	if (bytes->len < sizeof(m))
		return false;
	memcpy(&m, bytes->data, sizeof(m));
	if (m.vers != FANOTIFY_METADATA_VERSION || m.metadata_len < sizeof(m) || m.event_len < m.metadata_len ||
	    m.event_len > bytes->len)
		return false;
	event.len = m.event_len;
	(void)view_borrow(bytes, m.event_len);
	(void)view_borrow(&event, m.metadata_len);
	out->told = bits_of(m.mask, fanotify_bits);
	out->pid = m.pid > 0 ? (uint32_t)m.pid : 0;
	read_infos(event, out);
	return true;
}

bool lookout_events_inotify(struct view *bytes, struct lookout_event *out)
{
	struct inotify_event e;
	const uint8_t *name;

	memset(out, 0, sizeof(*out));
	if (bytes->len < sizeof(e))
		return false;
	memcpy(&e, view_borrow(bytes, sizeof(e)), sizeof(e));
	name = view_borrow(bytes, e.len);
	if (!name)
		return false;
	out->wd = e.wd;
	out->told = bits_of(e.mask, inotify_bits);
	out->name = (struct str){(const char *)name, strnlen((const char *)name, e.len)};
	return true;
}
