/* SPDX-License-Identifier: Apache-2.0 */
/* The text of passwd(5) and shadow(5). Pure; files are in shadow_file.c. */
#include "agent/actor/sys/shadow.h"

#include <string.h>

struct str shadow_line(struct str text, const char *account)
{
	struct str name = str_from(account);

	while (!str_empty(text)) {
		struct str line = str_cut(&text, '\n'), rest = line;

		if (str_equal(str_cut(&rest, ':'), name) && rest.data != line.data + line.len)
			return line;
	}
	return STR_NONE;
}

struct str shadow_field(struct str line, unsigned index)
{
	while (index-- > 0)
		(void)str_cut(&line, ':');
	return str_cut(&line, ':');
}

bool shadow_usable(struct str hash)
{
	/* An empty field lets everybody in. */
	if (str_empty(hash))
		return true;
	return hash.data[0] != '!' && hash.data[0] != '*' && !str_equal(hash, STR("x"));
}

enum err shadow_replace(struct str text, const char *account, const char *hash, struct buf *out)
{
	struct str line = shadow_line(text, account), field;
	struct str fresh = str_from(hash);

	if (!line.data)
		return ERR_NOT_FOUND;
	if (str_find_byte(fresh, ':') != SIZE_MAX || str_find_byte(fresh, '\n') != SIZE_MAX)
		return ERR_INVALID;
	field = shadow_field(line, 1);
	buf_put(out, (struct str){text.data, (size_t)(field.data - text.data)});
	buf_put(out, fresh);
	buf_put(out, (struct str){field.data + field.len, (size_t)(text.data + text.len - field.data - field.len)});
	return buf_check(out);
}

bool shadow_is_shell(struct str shell)
{
	static const char *const none[] = {"/nologin", "/false", "/true", "/sync", "/halt", "/shutdown"};

	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (str_ends(shell, str_from(none[i])))
			return false;
	return true;
}
