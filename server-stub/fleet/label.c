/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the words that people give devices, for the API's calls and for rosters alike. */
#include "server-stub/fleet/label.h"

#include "server-stub/store/store.h"

#include <string.h>

static bool is_of(struct str text, const char *signs)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      (c != '\0' && strchr(signs, c))))
			return false;
	}
	return true;
}

bool label_is_plain(struct str name)
{
	return !str_starts(name, STR("-")) && !str_starts(name, STR(".")) && is_of(name, "-_.");
}

enum err label_add(struct buf *labels, struct str label)
{
	struct str have = buf_str(labels);

	if (str_empty(label) || label.len >= STORE_NAME_MAX || !is_of(label, "-_.:=/"))
		return ERR_INVALID;
	while (have.len)
		if (str_equal(str_cut(&have, ' '), label))
			return ERR_OK;
	if (labels->len)
		buf_text(labels, " ");
	buf_put(labels, label);
	return labels->overflow ? ERR_TOO_LONG : ERR_OK;
}
