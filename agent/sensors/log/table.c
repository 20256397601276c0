/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sensors of this build, and the search for a program's row. The search runs for every line of a log, so it is a
 * switch on the length of the name and one or two comparisons. A unit test compares the switch with the rows.
 */
#include "agent/sensors/log/table.h"

#include "agent/sensors/log/audit.h"
#include "agent/sensors/log/dropbear.h"
#include "agent/sensors/log/lighttpd.h"
#include "agent/sensors/log/login.h"
#include "agent/sensors/log/nginx.h"
#include "agent/sensors/log/pam.h"
#include "agent/sensors/log/proftpd.h"
#include "agent/sensors/log/pureftpd.h"
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
	IF_ENABLED(CONFIG_SENSOR_AUDIT,
		({"audit", PROGRAMS("audispd", "audisp-syslog", "audit", "kernel"), BOTH, audit_decode},))
	IF_ENABLED(CONFIG_SENSOR_NGINX, ({"nginx", PROGRAMS("nginx"), BOTH, nginx_decode},))
	IF_ENABLED(CONFIG_SENSOR_LIGHTTPD, ({"lighttpd", PROGRAMS("lighttpd"), BOTH, lighttpd_decode},))
	{NULL, NULL, 0, NULL},
};
/* clang-format on */

/* The places of the rows in the table above, from 1 on. */
/* clang-format off */
enum place {
	PLACE_NONE,
	IF_ENABLED(CONFIG_SENSOR_SSHD, (PLACE_SSHD,))
	IF_ENABLED(CONFIG_SENSOR_DROPBEAR, (PLACE_DROPBEAR,))
	IF_ENABLED(CONFIG_SENSOR_PAM, (PLACE_PAM,))
	IF_ENABLED(CONFIG_SENSOR_LOGIN, (PLACE_LOGIN,))
	IF_ENABLED(CONFIG_SENSOR_SU, (PLACE_SU,))
	IF_ENABLED(CONFIG_SENSOR_SUDO, (PLACE_SUDO,))
	IF_ENABLED(CONFIG_SENSOR_VSFTPD, (PLACE_VSFTPD,))
	IF_ENABLED(CONFIG_SENSOR_PROFTPD, (PLACE_PROFTPD,))
	IF_ENABLED(CONFIG_SENSOR_PUREFTPD, (PLACE_PUREFTPD,))
	IF_ENABLED(CONFIG_SENSOR_AUDIT, (PLACE_AUDIT,))
	IF_ENABLED(CONFIG_SENSOR_NGINX, (PLACE_NGINX,))
	IF_ENABLED(CONFIG_SENSOR_LIGHTTPD, (PLACE_LIGHTTPD,))
};
/* clang-format on */

/* The place of a row; 0: this build does not have it. */
enum at {
	AT_SSHD = 0 IF_ENABLED(CONFIG_SENSOR_SSHD, (+PLACE_SSHD)),
	AT_DROPBEAR = 0 IF_ENABLED(CONFIG_SENSOR_DROPBEAR, (+PLACE_DROPBEAR)),
	AT_PAM = 0 IF_ENABLED(CONFIG_SENSOR_PAM, (+PLACE_PAM)),
	AT_LOGIN = 0 IF_ENABLED(CONFIG_SENSOR_LOGIN, (+PLACE_LOGIN)),
	AT_SU = 0 IF_ENABLED(CONFIG_SENSOR_SU, (+PLACE_SU)),
	AT_SUDO = 0 IF_ENABLED(CONFIG_SENSOR_SUDO, (+PLACE_SUDO)),
	AT_VSFTPD = 0 IF_ENABLED(CONFIG_SENSOR_VSFTPD, (+PLACE_VSFTPD)),
	AT_PROFTPD = 0 IF_ENABLED(CONFIG_SENSOR_PROFTPD, (+PLACE_PROFTPD)),
	AT_PUREFTPD = 0 IF_ENABLED(CONFIG_SENSOR_PUREFTPD, (+PLACE_PUREFTPD)),
	AT_AUDIT = 0 IF_ENABLED(CONFIG_SENSOR_AUDIT, (+PLACE_AUDIT)),
	AT_NGINX = 0 IF_ENABLED(CONFIG_SENSOR_NGINX, (+PLACE_NGINX)),
	AT_LIGHTTPD = 0 IF_ENABLED(CONFIG_SENSOR_LIGHTTPD, (+PLACE_LIGHTTPD)),
};

#define IS(literal) (memcmp(name.data, literal, sizeof(literal) - 1) == 0)

static unsigned place_of(struct str name)
{
	switch (name.len) {
	case 2: return IS("su") ? AT_SU : 0;
	case 4: return IS("sshd") ? AT_SSHD : IS("sudo") ? AT_SUDO : 0;
	case 5: return IS("login") ? AT_LOGIN : IS("nginx") ? AT_NGINX : IS("audit") ? AT_AUDIT : 0;
	case 6: return IS("vsftpd") ? AT_VSFTPD : IS("xinetd") ? AT_LOGIN : IS("kernel") ? AT_AUDIT : 0;
	case 7:
		if (name.data[0] == 't' || name.data[0] == 'r')
			return IS("telnetd") ? AT_LOGIN : IS("runuser") ? AT_SU : 0;
		return IS("proftpd") ? AT_PROFTPD : IS("audispd") ? AT_AUDIT : 0;
	case 8: return IS("dropbear") ? AT_DROPBEAR : IS("lighttpd") ? AT_LIGHTTPD : 0;
	case 9: return IS("sshd-auth") ? AT_SSHD : IS("pure-ftpd") ? AT_PUREFTPD : 0;
	case 10: return IS("in.telnetd") ? AT_LOGIN : 0;
	case 12: return IS("sshd-session") ? AT_SSHD : 0;
	case 13: return IS("audisp-syslog") ? AT_AUDIT : 0;
	default: return 0;
	}
}

const struct sensor *table_find(const struct sensor_line *line)
{
	unsigned place = AT_PAM;

	if (place == 0 || !pam_begins(line->message))
		place = place_of(line->program);
	return place ? &sensor_table[place - 1] : NULL;
}
