/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sensors of this build, and the search for a program's row. The search runs for every line of a log, so the names
 * are put into a hash table, once, when the first line comes.
 */
#include "agent/sensors/log/table.h"

#include "agent/base/rare.h"
#include "agent/sensors/log/audit.h"
#include "agent/sensors/log/dropbear.h"
#include "agent/sensors/log/inetd.h"
#include "agent/sensors/log/lighttpd.h"
#include "agent/sensors/log/login.h"
#include "agent/sensors/log/luci.h"
#include "agent/sensors/log/names.h"
#include "agent/sensors/log/nginx.h"
#include "agent/sensors/log/pam.h"
#include "agent/sensors/log/proftpd.h"
#include "agent/sensors/log/pureftpd.h"
#include "agent/sensors/log/sshd.h"
#include "agent/sensors/log/su.h"
#include "agent/sensors/log/sudo.h"
#include "agent/sensors/log/vsftpd.h"
#include "agent/sensors/log/webmin.h"

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
	IF_ENABLED(CONFIG_SENSOR_SU, ({"su", PROGRAMS("su", "runuser", "doas"), SENSOR_SYSLOG, su_decode},))
	IF_ENABLED(CONFIG_SENSOR_SUDO, ({"sudo", PROGRAMS("sudo"), SENSOR_SYSLOG, sudo_decode},))
	IF_ENABLED(CONFIG_SENSOR_VSFTPD, ({"vsftpd", PROGRAMS("vsftpd"), BOTH, vsftpd_decode},))
	IF_ENABLED(CONFIG_SENSOR_PROFTPD, ({"proftpd", PROGRAMS("proftpd"), SENSOR_SYSLOG, proftpd_decode},))
	IF_ENABLED(CONFIG_SENSOR_PUREFTPD, ({"pure-ftpd", PROGRAMS("pure-ftpd"), SENSOR_SYSLOG, pureftpd_decode},))
	IF_ENABLED(CONFIG_SENSOR_LUCI, ({"luci", PROGRAMS("uhttpd", "luci"), SENSOR_SYSLOG, luci_decode},))
	IF_ENABLED(CONFIG_SENSOR_WEBMIN,
		({"webmin", PROGRAMS("webmin", "usermin"), SENSOR_SYSLOG, webmin_decode},))
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

static struct names names; /* of programs, with the number of the row: the first has 1 */
static const struct sensor *pam;
static bool ready;

static RARE void get_ready(void)
{
	for (const struct sensor *row = sensor_table; row->name; row++) {
		if (!row->programs)
			pam = row->flags & SENSOR_SYSLOG ? row : pam;
		for (unsigned i = 0; row->programs && row->programs[i]; i++)
			names_add(&names, str_from(row->programs[i]), (uint8_t)(row - sensor_table + 1));
	}
	ready = true;
}

static inline const struct sensor *find(struct str name)
{
	uint8_t number = names_find(&names, name);

	return number ? &sensor_table[number - 1] : NULL;
}

static bool is_part(char c)
{
	return scan_is_digit(c) || (c >= 'a' && c <= 'z');
}

/*
 * The row of a unit's or a container's tag, which has the program's name among other words:
 * "ssh@3-198.51.100.7.service", "docker/openssh-server/1f2e3d4c5b6a". The administrator chooses these.
 */
static RARE const struct sensor *find_in(struct str tag)
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
