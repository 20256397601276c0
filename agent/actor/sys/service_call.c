/* SPDX-License-Identifier: Apache-2.0 */
/* The argument lists of systemctl(1), rc-service(8) and start scripts. */
#include "agent/actor/sys/service_call.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add(struct service_call *call, const char *argument)
{
	unsigned i = 0;

	while (call->arguments[i])
		i++;
	call->arguments[i] = (char *)(uintptr_t)argument;
}

static const char *program(const char *one, const char *other)
{
	return access(one, X_OK) == 0 ? one : other;
}

/* A unit that is not there would be an error, and the others would be called all the same. */
static bool is_wanted(const struct service_boot *boot, unsigned kind, bool start)
{
	bool service = boot->units[SERVICE_UNIT].path[0], any = false;

	if (!boot->units[kind].path[0] || !start)
		return boot->units[kind].path[0];
	for (unsigned i = 0; i < SERVICE_UNITS; i++)
		any |= boot->units[i].path[0] && boot->units[i].starts;
	return any ? boot->units[kind].starts : kind == SERVICE_UNIT || !service;
}

/* The socket first: else a connection in between would start the service again. */
static void call_systemctl(const char *name, const struct service_boot *boot, bool start, struct service_call *out)
{
	out->path = program("/usr/bin/systemctl", "/bin/systemctl");
	add(out, "systemctl");
	add(out, "--no-ask-password");
	add(out, start ? "start" : "stop");
	snprintf(out->units[0], sizeof(out->units[0]), "%s.socket", name);
	snprintf(out->units[1], sizeof(out->units[1]), "%s.service", name);
	snprintf(out->units[2], sizeof(out->units[2]), "%s@*.service", name);
	if (is_wanted(boot, SERVICE_SOCKET, start))
		add(out, out->units[0]);
	if (is_wanted(boot, SERVICE_UNIT, start))
		add(out, out->units[1]);
	/* What a connection has started goes on without its socket. */
	if (boot->units[SERVICE_SOCKET].path[0] && !start)
		add(out, out->units[2]);
}

void service_call_make(const char *name, const struct service_boot *boot, bool start, struct service_call *out)
{
	memset(out, 0, sizeof(*out));
	if (boot->manager == SERVICE_SYSTEMD) {
		call_systemctl(name, boot, start, out);
		return;
	}
	out->path = boot->script;
	if (boot->manager == SERVICE_OPENRC) {
		out->path = program("/sbin/rc-service", "/usr/bin/rc-service");
		add(out, "rc-service");
		add(out, name);
	} else {
		add(out, boot->script);
	}
	add(out, start ? "start" : "stop");
}
