/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the service of a name, for traces that PAM or the kernel left in its place. Never looks at a line. */
#include "agent/sensors/log/service.h"

#include "agent/sensors/log/names.h"

static const struct {
	struct str name;
	uint8_t service;
} rows[] = {
	{STR("sshd"), SERVICE_SSHD},
	{STR("ssh"), SERVICE_SSHD},
	{STR("sshd-session"), SERVICE_SSHD},
	{STR("sshd-auth"), SERVICE_SSHD},
	{STR("dropbear"), SERVICE_DROPBEAR},
	{STR("login"), SERVICE_LOGIN},
	{STR("agetty"), SERVICE_LOGIN},
	{STR("getty"), SERVICE_LOGIN},
	{STR("remote"), SERVICE_LOGIN},
	{STR("telnetd"), SERVICE_TELNETD},
	{STR("in.telnetd"), SERVICE_TELNETD},
	{STR("su"), SERVICE_SU},
	{STR("su-l"), SERVICE_SU},
	{STR("runuser"), SERVICE_SU},
	{STR("sudo"), SERVICE_SUDO},
	{STR("sudo-i"), SERVICE_SUDO},
	{STR("vsftpd"), SERVICE_VSFTPD},
	{STR("proftpd"), SERVICE_PROFTPD},
	{STR("pure-ftpd"), SERVICE_PUREFTPD},
	{STR("lighttpd"), SERVICE_LIGHTTPD},
	{STR("nginx"), SERVICE_NGINX},
};

static struct names names;

static void get_ready(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		names_add(&names, rows[i].name, rows[i].service);
}

void service_set(struct auth_event *a, struct str name)
{
	for (size_t at = name.len; at > 0; at--)
		if (name.data[at - 1] == '/') {
			name = str_sub(name, at, SIZE_MAX);
			break;
		}
	if (names.count == 0)
		get_ready();
	a->service = names_find(&names, name);
	if (a->service == SERVICE_NONE) {
		a->service = SERVICE_OTHER;
		a->service_name = name;
	}
}
