/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPnP gateways by which a program of the network can open ports of other devices, not of its own alone: miniupnpd.conf
 * of miniupnpd and the settings that OpenWrt makes it from. That a gateway is asked at all is the listeners' check.
 */
#include "agent/actor/audit/audit.h"

#include <stdio.h>

static const struct audit_risk forwards = {"upnp_forwards", SEV_HIGH, "set secure_mode to yes (OpenWrt: 1)"};

struct reading {
	bool off;  /* of UPnP; what is left is NAT-PMP and PCP, which have no such mode */
	bool open; /* secure_mode says no */
};

static bool is_no(struct str value)
{
	return str_equal_fold(value, STR("no")) || str_equal(value, STR("0")) || str_equal_fold(value, STR("off")) ||
	       str_equal_fold(value, STR("false"));
}

/* "NAME=VALUE", or "option NAME 'VALUE'". A comment has neither. */
static void read_line(struct reading *r, struct str line)
{
	struct str name = str_trim(line), value;

	if (str_take(&name, STR("option"))) {
		name = str_trim(name);
		value = name;
		name = str_cut(&value, value.len && str_find_byte(value, ' ') != SIZE_MAX ? ' ' : '\t');
	} else {
		value = name;
		name = str_trim(str_cut(&value, '='));
	}
	value = str_trim(value);
	if (value.len >= 2 && (value.data[0] == '\'' || value.data[0] == '"'))
		value = str_sub(value, 1, value.len - 2);
	if (str_equal(name, STR("secure_mode")))
		r->open = is_no(value);
	else if (str_equal(name, STR("enable_upnp")) || str_equal(name, STR("enabled")))
		r->off |= is_no(value);
}

static void read_file(struct audit *a, const char *path)
{
	static char memory[AUDIT_FILE_MAX];
	struct reading r = {.off = false};
	struct str text;
	char object[64];

	if (!audit_read(a, path, memory, &text))
		return;
	while (!str_empty(text))
		read_line(&r, str_cut(&text, '\n'));
	snprintf(object, sizeof(object), "/%s", path);
	if (r.open && !r.off)
		audit_found(a, &(struct audit_finding){&forwards, str_from(object)},
			    "who is in the network can open ports of every device in it (secure_mode)");
}

static void run(struct audit *a)
{
	static const char *const paths[] = {"etc/miniupnpd/miniupnpd.conf", "etc/miniupnpd.conf", "etc/config/upnpd"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		read_file(a, paths[i]);
}

const struct audit_check audit_upnp = {.name = "upnp", .run = run};
