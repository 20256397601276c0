/* SPDX-License-Identifier: Apache-2.0 */
/* Reads samples. Never trusts a length or a text: a process chooses its name and its program's path. */
#include "agent/sensors/socket/socket_text.h"

#include "agent/event/connection.h"

#include <string.h>

bool socket_text_read(struct str bytes, struct socket_text *out)
{
	struct socket_sample *h = &out->head;

	if (bytes.len < sizeof(*h))
		return false;
	memcpy(h, bytes.data, sizeof(*h));
	out->exe = str_sub(bytes, sizeof(*h), bytes.len);
	if (h->version != SOCKET_SAMPLE_VERSION || h->kind == 0 || h->kind >= SOCKET_SAMPLE_KINDS ||
	    h->protocol == CONNECTION_PROTOCOL_NONE || h->protocol >= CONNECTION_PROTOCOLS ||
	    (h->family != 4 && h->family != 6) || h->exe_len != out->exe.len || h->exe_len > SOCKET_SAMPLE_PATH_MAX)
		return false;
	out->local = addr_from_bytes(h->family, h->local);
	out->remote = addr_from_bytes(h->family, h->remote);
	out->name = (struct str){h->name, strnlen(h->name, sizeof(h->name))};
	return true;
}
