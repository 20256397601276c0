/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that others can reach and that carry passwords or commands unencrypted, or that were made for a network of
 * friends: by the kernel's own lists of sockets, proc_net(5), of the network namespace that the guard is in.
 */
#include "agent/actor/audit/audit.h"

#include <stdio.h>
#include <string.h>

#define STATE_LISTEN "0A"
#define STATE_CLOSE "07" /* of UDP: bound and not connected */

struct service {
	uint16_t port;
	bool udp;
	const char *name;
	struct audit_risk risk;
};

#define OFF "stop and disable it"
#define SSH "stop and disable it; use SSH instead"

static const struct service services[] = {
	{23, false, "telnet", {"plain_service", SEV_HIGH, SSH}},
	{2323, false, "telnet", {"plain_service", SEV_HIGH, SSH}},
	{21, false, "ftp", {"plain_service", SEV_MEDIUM, "stop and disable it; use sftp instead"}},
	{69, true, "tftp", {"plain_service", SEV_MEDIUM, OFF}},
	{512, false, "rexec", {"plain_service", SEV_HIGH, SSH}},
	{513, false, "rlogin", {"plain_service", SEV_HIGH, SSH}},
	{514, false, "rsh", {"plain_service", SEV_HIGH, SSH}},
	{5555, false, "adb", {"plain_service", SEV_HIGH, "switch debugging over the network off"}},
	{1883, false, "mqtt", {"plain_service", SEV_LOW, "offer it at port 8883 with TLS only"}},
	{161, true, "snmp", {"open_snmp", SEV_MEDIUM, "use version 3 with a user, or disable it"}},
	{1900, true, "upnp", {"open_upnp", SEV_MEDIUM, "disable UPnP: who is in the network can open ports by it"}},
	{5353, true, "mdns", {"open_mdns", SEV_LOW, "disable it where no device of the network looks for this one"}},
};

/* "local_address" of a line: an address in hexadecimal, a colon, the port. */
static bool read_local(struct str line, bool udp, uint16_t *port, bool *loopback)
{
	struct str address, text, state;
	unsigned number = 0;
	char hex[5] = "";

	line = str_trim(line);
	(void)str_cut(&line, ' ');
	line = str_trim(line);
	text = str_cut(&line, ' ');
	line = str_trim(line);
	(void)str_cut(&line, ' ');
	line = str_trim(line);
	state = str_cut(&line, ' ');
	address = str_cut(&text, ':');
	if (text.len != 4 || !str_equal(state, udp ? STR(STATE_CLOSE) : STR(STATE_LISTEN)))
		return false;
	memcpy(hex, text.data, 4);
	if (sscanf(hex, "%x", &number) != 1)
		return false;
	*port = (uint16_t)number;
	/* Bytes are in the machine's order, of a word each: 127.x.y.z ends in 7F on one, begins with it on the other.
	 */
	*loopback = (address.len == 8 && (str_ends(address, STR("7F")) || str_starts(address, STR("7F")))) ||
		    str_equal(address, STR("00000000000000000000000001000000")) ||
		    str_equal(address, STR("00000000000000000000000000000001"));
	return true;
}

static void look_at(struct audit *a, uint16_t port, bool udp)
{
	char object[16];

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		const struct service *s = &services[i];

		if (s->port != port || s->udp != udp)
			continue;
		snprintf(object, sizeof(object), "%s %u", udp ? "udp" : "tcp", port);
		audit_found(a, &(struct audit_finding){&s->risk, str_from(object)},
			    "%s can be reached by others at this port", s->name);
	}
}

static bool is_decoy(const struct settings *s, uint16_t port)
{
	for (unsigned i = 0; i < s->decoy_count; i++)
		if (s->decoys[i] == port)
			return true;
	return false;
}

static void run(struct audit *a)
{
	static const struct {
		const char *path;
		bool udp;
	} lists[] = {{"proc/self/net/tcp", false},
		     {"proc/self/net/tcp6", false},
		     {"proc/self/net/udp", true},
		     {"proc/self/net/udp6", true}};
	static char memory[AUDIT_FILE_MAX];
	struct str text;
	uint16_t port;
	bool loopback;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!audit_read(a, lists[i].path, memory, &text))
			continue;
		while (!str_empty(text))
			if (read_local(str_cut(&text, '\n'), lists[i].udp, &port, &loopback) && !loopback &&
			    (lists[i].udp || !is_decoy(a->settings, port)))
				look_at(a, port, lists[i].udp);
	}
}

const struct audit_check audit_listeners = {"listeners", false, run};
