/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Well-known services (IANA's registry of service names). Plain are those that have no encryption, or that log in
 * before it; not those that may ask for it later, such as IMAP.
 */
#include "agent/sensors/socket/socket_service.h"

#include "agent/event/connection.h"

static const struct {
	const char *name;
	uint8_t protocol;
	bool plain;
	uint16_t port, second_port; /* 0: none */
	const char *programs[3];    /* that speak it at any port */
} rows[] = {
	{"ftp", CONNECTION_TCP, true, 21, 0, {NULL}},
	{"ssh", CONNECTION_TCP, false, 22, 0, {"sshd", "dropbear"}},
	{"telnet", CONNECTION_TCP, true, 23, 2323, {"telnetd", "in.telnetd", "utelnetd"}},
	{"smtp", CONNECTION_TCP, false, 25, 0, {NULL}},
	{"dns", CONNECTION_TCP, false, 53, 0, {NULL}},
	{"dns", CONNECTION_UDP, false, 53, 0, {NULL}},
	{"dhcp", CONNECTION_UDP, false, 67, 68, {NULL}},
	{"tftp", CONNECTION_UDP, true, 69, 0, {"tftpd", "in.tftpd"}},
	{"finger", CONNECTION_TCP, true, 79, 0, {NULL}},
	{"http", CONNECTION_TCP, false, 80, 8080, {NULL}},
	{"ntp", CONNECTION_UDP, false, 123, 0, {NULL}},
	{"snmp", CONNECTION_UDP, true, 161, 0, {NULL}},
	{"https", CONNECTION_TCP, false, 443, 8443, {NULL}},
	{"exec", CONNECTION_TCP, true, 512, 0, {"rexecd", "in.rexecd"}},
	{"login", CONNECTION_TCP, true, 513, 0, {"rlogind", "in.rlogind"}},
	{"rsh", CONNECTION_TCP, true, 514, 0, {"rshd", "in.rshd"}},
	{"syslog", CONNECTION_UDP, false, 514, 0, {NULL}},
	{"mqtt", CONNECTION_TCP, true, 1883, 0, {NULL}},
	{"adb", CONNECTION_TCP, true, 0, 0, {"adbd"}},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct socket_service socket_service_of(uint8_t protocol, uint16_t port, struct str program)
{
	for (unsigned i = 0; i < ROWS; i++)
		for (unsigned p = 0; p < 3 && rows[i].programs[p]; p++)
			if (rows[i].protocol == protocol && str_equal(program, str_from(rows[i].programs[p])))
				return (struct socket_service){str_from(rows[i].name), rows[i].plain};
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].protocol == protocol && port && (rows[i].port == port || rows[i].second_port == port))
			return (struct socket_service){str_from(rows[i].name), rows[i].plain};
	return (struct socket_service){STR_NONE, false};
}
