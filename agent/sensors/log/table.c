/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sensors of this build, and the search for a program's row. The search runs for every line of a log, so the names
 * are put into a hash table, once, when the first line comes.
 */
#include "agent/sensors/log/table.h"

#include "agent/base/require.h"
#include "agent/sensors/log/audit.h"
#include "agent/sensors/log/dropbear.h"
#include "agent/sensors/log/inetd.h"
#include "agent/sensors/log/lighttpd.h"
#include "agent/sensors/log/login.h"
#include "agent/sensors/log/luci.h"
#include "agent/sensors/log/nginx.h"
#include "agent/sensors/log/pam.h"
#include "agent/sensors/log/proftpd.h"
#include "agent/sensors/log/pureftpd.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/sshd.h"
#include "agent/sensors/log/su.h"
#include "agent/sensors/log/sudo.h"
#include "agent/sensors/log/vsftpd.h"

#define PROGRAMS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define BOTH (SENSOR_SYSLOG | SENSOR_BARE)

/* clang-format off */
const struct sensor sensor_table[] = {
	IF_ENABLED(CONFIG_SENSOR_SSHD,
		({"sshd", PROGRAMS("sshd", "sshd-session", "sshd-auth"), SENSOR_SYSLOG, sshd_decode},))
	IF_ENABLED(CONFIG_SENSOR_DROPBEAR, ({"dropbear", PROGRAMS("dropbear"), BOTH, dropbear_decode},))
	IF_ENABLED(CONFIG_SENSOR_PAM, ({"pam", NULL, SENSOR_SYSLOG, pam_decode},))
	IF_ENABLED(CONFIG_SENSOR_LOGIN,
		({"login", PROGRAMS("login", "telnetd", "in.telnetd", "xinetd"), SENSOR_SYSLOG, login_decode},))
	IF_ENABLED(CONFIG_SENSOR_SU, ({"su", PROGRAMS("su", "runuser"), SENSOR_SYSLOG, su_decode},))
	IF_ENABLED(CONFIG_SENSOR_SUDO, ({"sudo", PROGRAMS("sudo"), SENSOR_SYSLOG, sudo_decode},))
	IF_ENABLED(CONFIG_SENSOR_VSFTPD, ({"vsftpd", PROGRAMS("vsftpd"), BOTH, vsftpd_decode},))
	IF_ENABLED(CONFIG_SENSOR_PROFTPD, ({"proftpd", PROGRAMS("proftpd"), SENSOR_SYSLOG, proftpd_decode},))
	IF_ENABLED(CONFIG_SENSOR_PUREFTPD, ({"pure-ftpd", PROGRAMS("pure-ftpd"), SENSOR_SYSLOG, pureftpd_decode},))
	IF_ENABLED(CONFIG_SENSOR_LUCI, ({"luci", PROGRAMS("uhttpd", "luci"), SENSOR_SYSLOG, luci_decode},))
	IF_ENABLED(CONFIG_SENSOR_INETD,
		({"inetd", PROGRAMS("ftpd", "in.ftpd", "rlogind", "in.rlogind", "klogind"), SENSOR_SYSLOG,
		  inetd_decode},))
	IF_ENABLED(CONFIG_SENSOR_AUDIT,
		({"audit", PROGRAMS("audispd", "audisp-syslog", "audit", "kernel"), BOTH, audit_decode},))
	IF_ENABLED(CONFIG_SENSOR_NGINX, ({"nginx", PROGRAMS("nginx"), BOTH, nginx_decode},))
	IF_ENABLED(CONFIG_SENSOR_LIGHTTPD, ({"lighttpd", PROGRAMS("lighttpd"), BOTH, lighttpd_decode},))
	{NULL, NULL, 0, NULL},
};
/* clang-format on */

#define PLACES 64u /* more than twice as many as there are names */
#define NAME_MAX_LEN 15u

/* A name, padded with zeros to a whole number of words, so that it is compared without a call. */
struct place {
	uint64_t words[2];
	const struct sensor *row; /* NULL: free */
};

static struct place places[PLACES];
static const struct sensor *pam;
static bool ready;

/* False: the name is longer than any that a row has. */
static inline bool key_of(struct str name, uint64_t words[2])
{
	if (name.len > NAME_MAX_LEN)
		return false;
	words[0] = scan_padded(str_sub(name, 0, 8));
	words[1] = scan_padded(str_sub(name, 8, 8));
	return true;
}

static inline unsigned first_place(const uint64_t words[2])
{
	return (unsigned)(((words[0] ^ words[1] << 7) * UINT64_C(0x9e3779b97f4a7c15)) >> 58);
}

static void add(struct str name, const struct sensor *row)
{
	uint64_t words[2];
	unsigned at;

	require(key_of(name, words));
	for (at = first_place(words); places[at].row; at = (at + 1) % PLACES)
		require(memcmp(places[at].words, words, sizeof(words)) != 0);
	memcpy(places[at].words, words, sizeof(words));
	places[at].row = row;
}

static void get_ready(void)
{
	unsigned count = 0;

	for (const struct sensor *row = sensor_table; row->name; row++) {
		if (!row->programs)
			pam = row->flags & SENSOR_SYSLOG ? row : pam;
		for (unsigned i = 0; row->programs && row->programs[i]; i++, count++)
			add(str_from(row->programs[i]), row);
	}
	require(count < PLACES / 2);
	ready = true;
}

static const struct sensor *find(struct str name)
{
	uint64_t words[2];

	if (!key_of(name, words))
		return NULL;
	for (unsigned at = first_place(words); places[at].row; at = (at + 1) % PLACES)
		if (places[at].words[0] == words[0] && places[at].words[1] == words[1])
			return places[at].row;
	return NULL;
}

static bool is_part(char c)
{
	return scan_is_digit(c) || (c >= 'a' && c <= 'z');
}

/*
 * The row of a unit's or a container's tag, which has the program's name among other words:
 * "ssh@3-198.51.100.7.service", "docker/openssh-server/1f2e3d4c5b6a". The administrator chooses these.
 */
static const struct sensor *find_in(struct str tag)
{
	const struct sensor *row = NULL;

	for (size_t at = 0, len; !row && at < tag.len; at += len + 1) {
		for (len = 0; at + len < tag.len && is_part(tag.data[at + len]); len++)
			continue;
		struct str word = str_sub(tag, at, len);

		if (str_equal(word, STR("openssh")) || str_equal(word, STR("ssh")))
			word = STR("sshd");
		row = find(word);
	}
	return row;
}

static bool has_words(struct str tag)
{
	return tag.len > 8 && (str_ends(tag, STR(".service")) || str_starts(tag, STR("docker/")) ||
			       str_starts(tag, STR("podman/")) || str_equal(tag, STR("openssh-server")));
}

const struct sensor *table_find(const struct sensor_line *line)
{

	if (!ready)
		get_ready();
	if (IS_ENABLED(CONFIG_SENSOR_PAM) && (pam_begins(line->message) || pam_is_sentence(line->message)))
		return pam;
	const struct sensor *row = find(line->program);

	return row || !has_words(line->program) ? row : find_in(line->program);
}
