/* SPDX-License-Identifier: Apache-2.0 */
/* Looks in sshd_config(5) for what a lock does not close, and for what makes keys less than a way in. Pure. */
#include "agent/actor/sys/ways.h"

#include "agent/base/buf.h"

/* The keyword and its value of a line; both empty for a comment. Keywords know no case, "=" may stand between. */
static struct str cut_keyword(struct str line, struct str *value)
{
	struct str rest = str_trim(line);
	size_t len = 0;

	while (len < rest.len && rest.data[len] != ' ' && rest.data[len] != '\t' && rest.data[len] != '=')
		len++;
	*value = str_trim(str_sub(rest, len, SIZE_MAX));
	if (str_take(value, STR("=")))
		*value = str_trim(*value);
	return len > 0 && rest.data[0] != '#' ? str_sub(rest, 0, len) : STR_NONE;
}

static bool is_no(struct str value)
{
	return str_equal_fold(value, STR("no")) || str_equal_fold(value, STR("none"));
}

/* Paths of AuthorizedKeysFile: those that a lock sets aside, and others. */
static void read_files(struct ways_sshd *s, struct str value)
{
	bool home = false;

	while (!str_empty(value)) {
		struct str path = str_trim(str_cut(&value, ' '));

		(void)str_take(&path, STR("%h/"));
		if (str_equal(path, STR(".ssh/authorized_keys")) || str_equal(path, STR(".ssh/authorized_keys2")))
			home = true;
		else if (!str_empty(path) && !is_no(path))
			s->others |= WAYS_KEYS_ELSEWHERE;
	}
	s->home_keys = s->home_keys && home;
}

static bool limits_accounts(struct str keyword)
{
	static const char *const names[] = {"AllowUsers", "AllowGroups",	   "DenyUsers",
					    "DenyGroups", "AuthenticationMethods", "ForceCommand",
					    "Match"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal_fold(keyword, str_from(names[i])))
			return true;
	return false;
}

static void read_line(struct ways_sshd *s, struct str keyword, struct str value)
{
	static const struct {
		const char *keyword;
		uint8_t other;
	} others[] = {
		{"AuthorizedKeysCommand", WAYS_KEYS_COMMAND}, {"TrustedUserCAKeys", WAYS_CERTIFICATES},
		{"HostbasedAuthentication", WAYS_HOSTS},      {"GSSAPIAuthentication", WAYS_TICKETS},
		{"KerberosAuthentication", WAYS_TICKETS},
	};

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_equal_fold(keyword, str_from(others[i].keyword)) && !is_no(value))
			s->others |= others[i].other;
	if (str_equal_fold(keyword, STR("AuthorizedKeysFile")))
		read_files(s, value);
	/* The reader follows the usual Include alone. */
	if (str_equal_fold(keyword, STR("Include")) && !str_ends(value, STR("/sshd_config.d/*.conf")))
		s->home_keys = false;
	if (limits_accounts(keyword) || (str_equal_fold(keyword, STR("PubkeyAuthentication")) && is_no(value)))
		s->home_keys = false;
	if (str_equal_fold(keyword, STR("PermitRootLogin")) &&
	    (is_no(value) || str_equal_fold(value, STR("forced-commands-only"))))
		s->root_keys = false;
}

struct ways_sshd ways_sshd_read(struct str config)
{
	struct ways_sshd s = {.home_keys = true, .root_keys = true};

	while (!str_empty(config)) {
		struct str value, keyword = cut_keyword(str_cut(&config, '\n'), &value);

		if (!str_empty(keyword))
			read_line(&s, keyword, value);
	}
	return s;
}

void ways_sshd_text(uint8_t others, char text[WAYS_SSHD_TEXT_MAX])
{
	static const char *const names[] = {"AuthorizedKeysFile", "AuthorizedKeysCommand", "TrustedUserCAKeys",
					    "hosts.equiv", "GSSAPI"};
	struct buf b = buf_over(text, WAYS_SSHD_TEXT_MAX - 1);

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(others & 1u << i))
			continue;
		buf_text(&b, b.len > 0 ? ", " : "");
		buf_text(&b, names[i]);
	}
	text[b.len] = '\0';
}
