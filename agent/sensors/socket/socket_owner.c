/* SPDX-License-Identifier: Apache-2.0 */
/* Owners of sockets. Never completes what a source did not know. */
#include "agent/sensors/socket/socket_owner.h"

#include "agent/sensors/path.h"

#include <stdio.h>
#include <string.h>

void socket_owner_note(struct socket_owner *o, const struct socket_text *t, struct str image)
{
	memset(o, 0, sizeof(*o));
	o->uid_known = t->head.flags & SOCKET_SAMPLE_UID;
	o->uid = o->uid_known ? t->head.uid : 0;
	o->pid = t->head.pid;
	if (o->pid == 0)
		return;
	o->name_len = path_keep_begin(o->name, sizeof(o->name), t->name);
	o->image_len = path_keep_end(o->image, sizeof(o->image), image);
}

struct socket_owner_texts socket_owner_texts(const struct socket_owner *o, char number[SOCKET_OWNER_NUMBER])
{
	struct socket_owner_texts t = {STR_NONE, STR_NONE, STR_NONE, STR_NONE};

	if (o->image_len)
		t.image = (struct str){o->image, o->image_len};
	if (o->name_len)
		t.name = (struct str){o->name, o->name_len};
	if (!o->uid_known)
		return t;
	t.uid = (struct str){number, (size_t)snprintf(number, SOCKET_OWNER_NUMBER, "%u", o->uid)};
	t.user = o->uid == 0 ? STR("root") : t.uid;
	return t;
}

bool socket_owner_is_alike(const struct socket_owner *a, const struct socket_owner *b)
{
	return a->uid_known == b->uid_known && a->uid == b->uid && a->name_len == b->name_len &&
	       a->image_len == b->image_len && memcmp(a->name, b->name, a->name_len) == 0 &&
	       memcmp(a->image, b->image, a->image_len) == 0;
}
