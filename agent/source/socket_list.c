/* SPDX-License-Identifier: Apache-2.0 */
/* Samples one behind the other. Never believes a length that does not fit. */
#include "agent/source/socket_list.h"

#include "agent/common/socket_sample.h"

#include <string.h>

struct str socket_list_find(struct str list, uint64_t cookie)
{
	struct socket_sample h;

	while (list.len >= sizeof(h)) {
		memcpy(&h, list.data, sizeof(h));
		if (h.exe_len > list.len - sizeof(h))
			break;
		if (h.cookie == cookie)
			return str_sub(list, 0, sizeof(h) + h.exe_len);
		list = str_sub(list, sizeof(h) + h.exe_len, list.len);
	}
	return STR_NONE;
}
