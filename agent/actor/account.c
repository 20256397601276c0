/* SPDX-License-Identifier: Apache-2.0 */
/* Looks an account up in the files, not in NSS: only what stands there can be reset there. */
#include "agent/actor/account.h"

#include "agent/actor/shadow.h"

#include <stdio.h>
#include <string.h>

static void judge(struct account *a, const char *name, struct str passwd, struct str shadow)
{
	struct str line = shadow_line(passwd, name), entry = shadow_line(shadow, name);
	struct str hash = shadow_field(line, 1);

	a->in_passwd = !str_equal(hash, STR("x"));
	if (!a->in_passwd)
		hash = entry.data ? shadow_field(entry, 1) : STR("!");
	a->has_password = shadow_usable(hash);
	a->rails.name = name;
	a->rails.is_root = a->uid == 0;
	a->rails.last_way_in = shadow_last_way_in(passwd, shadow, name);
}

static enum err parse(struct account *a, const char *name, struct str passwd)
{
	struct str line = shadow_line(passwd, name);
	uint64_t uid, gid;

	if (!line.data)
		return ERR_NOT_FOUND;
	if (str_number(shadow_field(line, 2), UINT32_MAX - 1, &uid) != ERR_OK ||
	    str_number(shadow_field(line, 3), UINT32_MAX - 1, &gid) != ERR_OK)
		return ERR_CORRUPT;
	a->uid = (uid_t)uid;
	a->gid = (gid_t)gid;
	return str_copy(shadow_field(line, 5), a->home, sizeof(a->home));
}

enum err account_find(const struct settings *s, const char *name, struct account *out)
{
	struct shadow_file passwd, shadow;
	const char *slash = strrchr(s->shadow, '/');
	enum err err;

	memset(out, 0, sizeof(*out));
	snprintf(out->passwd, sizeof(out->passwd), "%.*s/passwd", (int)(slash - s->shadow), s->shadow);
	err = shadow_read(&passwd, out->passwd);
	if (err == ERR_OK)
		err = parse(out, name, passwd.text);
	if (err == ERR_OK) {
		/* No shadow file is a system that keeps its hashes in passwd. */
		bool has_shadow = shadow_read(&shadow, s->shadow) == ERR_OK;

		judge(out, name, passwd.text, has_shadow ? shadow.text : STR_NONE);
		shadow_close(&shadow);
	}
	shadow_close(&passwd);
	return err;
}
