/* SPDX-License-Identifier: Apache-2.0 */
/* Names under which systems keep secrets, and what these look like. No list is whole, so the settings' list is short.
 */
#include "agent/actor/rails/rails_collect.h"

#include "agent/common/file_pattern.h"

#include <stdio.h>
#include <string.h>

static enum err refuse(char why[RAILS_COLLECT_WHY_MAX], const char *what)
{
	snprintf(why, RAILS_COLLECT_WHY_MAX, "%s", what);
	return ERR_PROTECTED;
}

static bool is_listed(const struct settings *s, const char *path)
{
	for (unsigned i = 0; i < s->collect_count; i++) {
		const char *row = s->collect[i];
		size_t dir = file_pattern_dir(row);

		if (strcmp(row, path) == 0)
			return true;
		if (file_pattern_is(row) && strncmp(row, path, dir) == 0 && strchr(path + dir, '/') == NULL &&
		    file_pattern_fits(row, str_from(path + dir)))
			return true;
	}
	return false;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return len > 0 && strncmp(path, dir, len) == 0 && path[len] == '/';
}

static bool is_secret_dir(const struct settings *s, const char *path)
{
	static const char *const dirs[] = {"/proc",
					   "/sys",
					   "/dev",
					   "/etc/ssl/private",
					   "/etc/wireguard",
					   "/etc/NetworkManager/system-connections",
					   "/etc/wpa_supplicant",
					   "/etc/ppp",
					   "/var/lib/caltrop-server"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (is_below(path, dirs[i]))
			return true;
	return is_below(path, s->state_dir) || strstr(path, "/.gnupg/") || strstr(path, "/.aws/");
}

static bool is_secret_name(struct str name)
{
	static const char *const whole[] = {"shadow",	     "gshadow", ".netrc",  ".pgpass", ".git-credentials",
					    "master.passwd", "opasswd", "spwd.db", ".my.cnf", "krb5.keytab"};
	static const char *const endings[] = {".key", ".pem",	 ".p12", ".pfx", ".jks",
					      ".ppk", ".keytab", "_key", ".kdbx"};
	static const char *const beginnings[] = {"shadow", "gshadow", "id_", "dropbear_"};

	if (str_ends(name, STR(".pub")))
		return false;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (str_equal(name, str_from(whole[i])))
			return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (str_ends(name, str_from(endings[i])))
			return true;
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (str_starts(name, str_from(beginnings[i])))
			return true;
	return false;
}

enum err rails_collect(const struct settings *s, const char *path, char why[RAILS_COLLECT_WHY_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash || !is_listed(s, path))
		return refuse(why, "[collect] files of this device's settings does not list that file");
	if (strcmp(path, s->shadow) == 0 || is_secret_name(str_from(slash + 1)) || is_secret_dir(s, path))
		return refuse(why, "such files hold passwords or private keys, which no bundle takes");
	return ERR_OK;
}

/* ":$6$" and its like: the second field of shadow(5). */
static bool has_hash(struct str bytes)
{
	static const char kinds[] = "12567gy";

	for (size_t at; (at = str_find(bytes, STR(":$"))) != SIZE_MAX;) {
		bytes = str_sub(bytes, at + 2, bytes.len);
		if (bytes.len > 2 && strchr(kinds, bytes.data[0]) && bytes.data[0] &&
		    str_find_byte(str_sub(bytes, 1, 3), '$') != SIZE_MAX)
			return true;
	}
	return false;
}

bool rails_collect_secret(struct str bytes)
{
	return str_find(bytes, STR("PRIVATE KEY-----")) != SIZE_MAX ||
	       str_find(bytes, STR("PuTTY-User-Key-File-")) != SIZE_MAX || has_hash(bytes);
}
