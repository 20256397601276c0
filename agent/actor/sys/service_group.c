/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lines of /proc/PID/cgroup, "ID:CONTROLLERS:PATH"; see service_group.h. */
#include "agent/actor/sys/service_group.h"

/* Names that the kernel has for itself get a "_" in front of them (systemd's cg_escape). */
static struct str part_of(struct str *path)
{
	struct str part = str_cut(path, '/');

	(void)str_take(&part, STR("_"));
	return part;
}

static bool is_unit(struct str part, const char *name, bool instances)
{
	if (!str_take_back(&part, STR(".service")) || !str_take(&part, str_from(name)))
		return false;
	return str_empty(part) || (instances && str_starts(part, STR("@")));
}

/* The first service or scope on the way decides: what is below it is of a manager of its own. */
static bool is_systemds(struct str path, const char *name, bool instances)
{
	while (!str_empty(path)) {
		struct str part = part_of(&path);

		if (str_ends(part, STR(".service")))
			return is_unit(part, name, instances);
		if (str_ends(part, STR(".scope")))
			return false;
	}
	return false;
}

static bool is_openrcs(struct str path, const char *name, bool own)
{
	struct str part = part_of(&path);

	if (!own && str_equal(part, STR("rc")))
		part = part_of(&path);
	else if (!own && !str_take(&part, STR("openrc.")))
		return false;
	return str_equal(part, str_from(name));
}

static bool is_procds(struct str path, const char *name)
{
	return str_equal(part_of(&path), STR("services")) && str_equal(part_of(&path), str_from(name));
}

bool service_group_has(struct str lines, const char *name, const struct service_boot *boot)
{
	while (!str_empty(lines)) {
		struct str path = str_cut(&lines, '\n'), controllers;
		bool unified, has = false;

		(void)str_cut(&path, ':');
		controllers = str_cut(&path, ':');
		unified = str_empty(controllers);
		(void)str_take(&path, STR("/"));
		if (boot->manager == SERVICE_SYSTEMD && (unified || str_equal(controllers, STR("name=systemd"))))
			has = is_systemds(path, name, boot->units[SERVICE_SOCKET].path[0] != '\0');
		else if (boot->manager == SERVICE_OPENRC && (unified || str_equal(controllers, STR("name=openrc"))))
			has = is_openrcs(path, name, !unified);
		else if (boot->manager == SERVICE_PROCD && unified)
			has = is_procds(path, name);
		if (has)
			return true;
	}
	return false;
}
