/* SPDX-License-Identifier: Apache-2.0 */
/* Looks an account up in the files, not in NSS: only what stands there can be reset there. */
#include "agent/actor/sys/account.h"

#include "agent/actor/sys/shadow.h"
#include "agent/base/users.h"

#include <stdio.h>
#include <string.h>

static bool uid_of(struct str line, uid_t *uid)
{
	uint64_t number;

	if (str_number(shadow_field(line, 2), UINT32_MAX - 1, &number) != ERR_OK)
		return false;
	*uid = (uid_t)number;
	return true;
}

/* Whether it is that user, by name or by user id. */
static bool is_user(const struct account *a, struct str passwd, const char *user)
{
	uid_t uid;

	return strcmp(a->rails.name, user) == 0 || (uid_of(shadow_line(passwd, user), &uid) && uid == a->uid);
}

static bool is_protected(const struct settings *s, struct str name)
{
	for (unsigned i = 0; i < s->protect_count; i++)
		if (str_equal(name, str_from(s->protect[i])))
			return true;
	return false;
}

/* Ending the processes of a user id ends those of all its names. */
static void find_twin(struct account *a, const struct settings *s, struct str passwd)
{
	while (!str_empty(passwd)) {
		struct str line = str_cut(&passwd, '\n'), name = shadow_field(line, 0);
		uid_t uid;

		if (!uid_of(line, &uid) || uid != a->uid || str_equal(name, str_from(a->rails.name)))
			continue;
		if (is_protected(s, name) || !shadow_is_shell(shadow_field(line, 6)))
			str_show(name, a->rails.twin, sizeof(a->rails.twin));
	}
}

/* Daemons have accounts, too. A low user id alone says nothing: what counts is whether somebody can come in. */
static const char *why_no_login(const struct account *a, struct str line)
{
	const struct ssh_keys_owner owner = account_keys(a);

	if (!shadow_is_shell(shadow_field(line, 6)))
		return "its shell lets nobody in";
	if (!a->has_password && !ssh_keys_ever(&owner))
		return "neither a password nor SSH keys let anybody in";
	return NULL;
}

static void judge(struct account *a, const struct settings *s, struct str passwd, struct str shadow)
{
	const char *name = a->rails.name;
	struct str line = shadow_line(passwd, name), entry = shadow_line(shadow, name);
	struct str hash = shadow_field(line, 1);

	a->in_passwd = !str_equal(hash, STR("x"));
	if (!a->in_passwd)
		hash = entry.data ? shadow_field(entry, 1) : STR("!");
	a->has_password = shadow_usable(hash);
	a->rails.is_root = a->uid == 0;
	a->rails.is_own = is_user(a, passwd, s->user) || is_user(a, passwd, USERS_SERVICE);
	a->rails.no_login = why_no_login(a, line);
	find_twin(a, s, passwd);
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

struct ssh_keys_owner account_keys(const struct account *account)
{
	return (struct ssh_keys_owner){account->home, account->etc, account->uid};
}

enum err account_find(const struct settings *s, const char *name, struct account *out)
{
	struct shadow_file passwd, shadow;
	const char *slash = strrchr(s->shadow, '/');
	enum err err;

	memset(out, 0, sizeof(*out));
	out->rails.name = name;
	snprintf(out->etc, sizeof(out->etc), "%.*s", (int)(slash - s->shadow), s->shadow);
	snprintf(out->passwd, sizeof(out->passwd), "%s/passwd", out->etc);
	err = shadow_read(&passwd, out->passwd);
	if (err == ERR_OK)
		err = parse(out, name, passwd.text);
	if (err == ERR_OK) {
		err = shadow_read(&shadow, s->shadow);
		/* No shadow file is a system that keeps its hashes in passwd. One that cannot be read says nothing. */
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
		if (err == ERR_OK)
			judge(out, s, passwd.text, shadow.text);
		shadow_close(&shadow);
	}
	shadow_close(&passwd);
	return err;
}
