/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services that others can reach and that carry passwords or commands unencrypted, or that were made for a network of
 * friends: by the kernel's own lists of sockets, proc_net(5), of the network namespace that the guard is in. What is
 * for one network only and can be asked by an address that others know, too, is worse.
 */
#include "agent/actor/audit/audit.h"

#include "agent/actor/audit/audit_program.h"
#include "agent/actor/audit/audit_public.h"
#include "agent/base/buf.h"
#include "agent/base/hex.h"

#include <stdio.h>

#define STATE_LISTEN "0A"
#define STATE_CLOSE "07" /* of UDP: bound and not connected */
#define PROGRAMS_MAX 8

struct service {
	uint16_t port;
	bool udp;
	const char *name;
	struct audit_risk risk;
	enum severity public;		    /* where a public address leads to it, SEV_INFO: that is no worse */
	const char *programs[PROGRAMS_MAX]; /* that serve it, ended by NULL */
};

#define OFF "stop and disable it"
#define SSH "stop and disable it; use SSH instead"
#define MDNS "disable it, or have it serve the one network that looks for this device"

static const struct service services[] = {
	{23, false, "telnet", {"open_telnet", SEV_HIGH, SSH}, SEV_INFO, {NULL}},
	{2323, false, "telnet", {"plain_service", SEV_HIGH, SSH}, SEV_INFO, {NULL}},
	{21, false, "ftp", {"plain_service", SEV_MEDIUM, "stop and disable it; use sftp instead"}, SEV_INFO, {NULL}},
	{69, true, "tftp", {"plain_service", SEV_MEDIUM, OFF}, SEV_INFO, {NULL}},
	{512, false, "rexec", {"plain_service", SEV_HIGH, SSH}, SEV_INFO, {NULL}},
	{513, false, "rlogin", {"plain_service", SEV_HIGH, SSH}, SEV_INFO, {NULL}},
	{514, false, "rsh", {"plain_service", SEV_HIGH, SSH}, SEV_INFO, {NULL}},
	{5555, false, "adb", {"plain_service", SEV_HIGH, "switch debugging over the network off"}, SEV_INFO, {NULL}},
	{1883, false, "mqtt", {"plain_service", SEV_LOW, "offer it at port 8883 with TLS only"}, SEV_INFO, {NULL}},
	{161,
	 true,
	 "snmp",
	 {"open_snmp", SEV_MEDIUM, "use version 3 with a user, or disable it"},
	 SEV_HIGH,
	 {"snmpd", "mini_snmpd", "mini-snmpd", NULL}},
	{1900,
	 true,
	 "upnp",
	 {"open_upnp", SEV_MEDIUM, "disable UPnP: who is in the network can open ports by it"},
	 SEV_INFO,
	 {"miniupnpd", "minissdpd", "upnpd", "minidlnad", "minidlna", "rygel", NULL}},
	{5353,
	 true,
	 "mdns",
	 {"open_mdns", SEV_LOW, MDNS},
	 SEV_MEDIUM,
	 {"avahi-daemon", "mdnsd", "umdns", "systemd-resolve", "mDNSResponder", "mdns-repeater", NULL}},
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

/* By which addresses the sockets of each service can be reached. */
struct reach {
	bool others, every_four, every_six; /* by somebody else; by all of the device's addresses */
	struct addr public;		    /* that it is bound to itself; family 0: none */
};

struct socket {
	struct addr local;
	uint16_t port;
};

/* "local_address" of a line: an address in hexadecimal, a colon, the port. */
static bool read_local(struct str line, bool udp, struct socket *out)
{
	struct str address, text, state;

	line = str_trim(line);
	(void)str_cut(&line, ' ');
	line = str_trim(line);
	text = str_cut(&line, ' ');
	line = str_trim(line);
	(void)str_cut(&line, ' ');
	line = str_trim(line);
	state = str_cut(&line, ' ');
	address = str_cut(&text, ':');
	if (!str_equal(state, udp ? STR(STATE_CLOSE) : STR(STATE_LISTEN)) || text.len != 4 ||
	    !audit_public_parse(address, &out->local))
		return false;
	out->port = 0;
	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_digit(text.data[i]);

		if (digit < 0)
			return false;
		out->port = (uint16_t)(out->port << 4 | digit);
	}
	return true;
}

static void note(struct reach *r, const struct addr *local)
{
	static const struct addr every[] = {{4, 32, {0}}, {6, 128, {0}}};

	if (addr_is_loopback(local))
		return;
	r->others = true;
	r->every_six |= addr_equal(local, &every[1]);
	/* A socket of both families has the address of IPv6. */
	r->every_four |= addr_equal(local, &every[0]) || addr_equal(local, &every[1]);
	if (audit_public_is(local))
		r->public = *local;
}

static bool is_decoy(const struct settings *s, uint16_t port)
{
	for (unsigned i = 0; i < s->decoy_count; i++)
		if (s->decoys[i] == port)
			return true;
	return false;
}

static void read_list(const struct audit *a, struct str text, bool udp, struct reach reaches[SERVICES])
{
	struct socket s;

	while (!str_empty(text)) {
		if (!read_local(str_cut(&text, '\n'), udp, &s) || (!udp && is_decoy(a->settings, s.port)))
			continue;
		for (size_t i = 0; i < SERVICES; i++)
			if (services[i].port == s.port && services[i].udp == udp)
				note(&reaches[i], &s.local);
	}
}

/* The public address by which the service can be asked. Family 0: there is none. */
static struct addr public_of(const struct reach *r, const struct audit_public *device)
{
	if (r->public.family)
		return r->public;
	if (r->every_four && device->four.family)
		return device->four;
	return r->every_six ? device->six : (struct addr){0};
}

static void tell(struct audit *a, const struct service *s, const struct addr *public, char *memory)
{
	struct audit_risk risk = s->risk;
	struct audit_program program;
	char object[16], evidence[128], address[ADDR_TEXT_MAX];
	struct buf b = buf_over(evidence, sizeof(evidence) - 1);

	buf_printf(&b, "%s can be reached by others at this port", s->name);
	if (s->programs[0] && audit_program_find(a, s->programs, memory, &program))
		buf_printf(&b, "; %s, process %u, runs", program.name, (unsigned)program.pid);
	if (public->family)
		buf_printf(&b, "; also at %s", addr_text(public, address));
	evidence[b.len] = '\0';
	if (public->family && s->public != SEV_INFO)
		risk.severity = s->public;
	snprintf(object, sizeof(object), "%s %u", s->udp ? "udp" : "tcp", s->port);
	audit_found(a, &(struct audit_finding){&risk, str_from(object)}, "%s", evidence);
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
	struct reach reaches[SERVICES] = {{.others = false}};
	struct audit_public device = {.four = {0}};
	bool asked = false;
	struct str text;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (audit_read(a, lists[i].path, memory, &text))
			read_list(a, text, lists[i].udp, reaches);
	for (size_t i = 0; i < SERVICES; i++) {
		if (!reaches[i].others)
			continue;
		if (!asked)
			audit_public_read(a, memory, &device);
		asked = true;
		struct addr public = public_of(&reaches[i], &device);

		tell(a, &services[i], &public, memory);
	}
}

const struct audit_check audit_listeners = {.name = "listeners", .run = run};
