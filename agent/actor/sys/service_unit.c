/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the folders of systemd's units, and renames links in its own. It never asks systemd, and starts nothing. */
#include "agent/actor/sys/service_unit.h"

#include "agent/actor/sys/service_links.h"
#include "agent/actor/sys/service_sysv.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNIT_BYTES (VERB_NAME_MAX + 8) /* "NAME.service" */
#define PATH_BYTES 192
#define FILE_BYTES 8192 /* of one that are looked at */
#define FILES_MAX 32	/* drop-ins of one folder */
#define GENERATED "/run/systemd/generator.late"

/* Where units are, the first one first; the last of them has those made of scripts of System V. */
static const char *const folders[] = {
	"/etc/systemd/system",	   "/run/systemd/transient",	   "/run/systemd/system",
	"/run/systemd/generator",  "/etc/systemd/system.attached", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",	   GENERATED,
};

/* What is started from there is not root's to switch off without a mask, or is a part of booting. */
static const struct service_links early[] = {
	{"/usr/lib/systemd/system", "*.wants", false},	     {"/usr/lib/systemd/system", "*.requires", false},
	{"/lib/systemd/system", "*.wants", false},	     {"/usr/local/lib/systemd/system", "*.wants", false},
	{"/run/systemd/generator", "*.wants", false},	     {"/run/systemd/generator", "*.requires", false},
	{"/etc/systemd/system", "sysinit.target.*", false},  {"/etc/systemd/system", "basic.target.*", false},
	{"/etc/systemd/system", "local-fs.target.*", false},
};

static const struct service_links own[] = {
	{"/etc/systemd/system", "*.wants", false},
	{"/etc/systemd/system", "*.requires", false},
	{"/etc/systemd/system", "*.upholds", false},
};

static const char *const kinds[SERVICE_UNITS] = {[SERVICE_UNIT] = ".service", [SERVICE_SOCKET] = ".socket"};

static enum err no(char why[SERVICE_WHY_MAX], enum err err, const char *what)
{
	snprintf(why, SERVICE_WHY_MAX, "%s", what);
	return err;
}

/* The name of the file that has it: of an instance, NAME@INSTANCE, its template's where it has none of its own. */
static bool find_file(const char *name, const char *kind, char out[SERVICE_SCRIPT_MAX])
{
	size_t stem = strcspn(name, "@");

	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(out, SERVICE_SCRIPT_MAX, "%s/%s%s", folders[i], name, kind);
		if (faccessat(AT_FDCWD, out, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
		if (name[stem] != '@')
			continue;
		snprintf(out, SERVICE_SCRIPT_MAX, "%s/%.*s@%s", folders[i], (int)stem, name, kind);
		if (faccessat(AT_FDCWD, out, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	out[0] = '\0';
	return false;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Processes and links go by the unit's own name, and not by another one of it. */
static enum err check_name(const char *path, char why[SERVICE_WHY_MAX])
{
	char to[PATH_BYTES];
	ssize_t len = readlink(path, to, sizeof(to) - 1);
	const char *base;

	if (len <= 0)
		return ERR_OK;
	to[len] = '\0';
	base = base_of(to);
	if (strcmp(to, "/dev/null") == 0 || strcmp(base, base_of(path)) == 0)
		return ERR_OK;
	snprintf(why, SERVICE_WHY_MAX, "it is another name of %.48s: name that one", base);
	return ERR_INVALID;
}

static bool starts(const char *unit, const struct service_links *links, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (service_links_find(&links[i], unit))
			return true;
	return false;
}

static enum err look_at(const char *name, unsigned kind, struct service_boot *out, char why[SERVICE_WHY_MAX])
{
	char *path = out->units[kind].path;
	char unit[UNIT_BYTES];

	if (!find_file(name, kinds[kind], path))
		return ERR_OK;
	snprintf(unit, sizeof(unit), "%s%s", name, kinds[kind]);
	out->early |= starts(unit, early, sizeof(early) / sizeof(early[0]));
	out->units[kind].starts = starts(unit, own, sizeof(own) / sizeof(own[0]));
	if (strncmp(path, GENERATED "/", sizeof(GENERATED)) == 0) {
		service_sysv_links(name, out);
		out->units[kind].starts = out->starts;
	}
	out->starts |= out->units[kind].starts;
	return check_name(path, why);
}

enum err service_unit_find(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX])
{
	enum err err = ERR_OK;

	if (name[0] && name[strlen(name) - 1] == '@')
		return no(why, ERR_NOT_FOUND, "it is a template; name one of its instances, NAME@INSTANCE");
	for (unsigned kind = 0; kind < SERVICE_UNITS && err == ERR_OK; kind++)
		err = look_at(name, kind, out, why);
	if (err == ERR_OK && !out->units[SERVICE_UNIT].path[0] && !out->units[SERVICE_SOCKET].path[0])
		return no(why, ERR_NOT_FOUND, "systemd has no unit NAME.service or NAME.socket of that name");
	return err;
}

static enum err turn(const char *name, enum err (*how)(const struct service_links *l, const char *name))
{
	enum err err = ERR_OK;
	char unit[UNIT_BYTES];

	for (unsigned kind = 0; kind < SERVICE_UNITS; kind++) {
		snprintf(unit, sizeof(unit), "%s%s", name, kinds[kind]);
		for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]) && err == ERR_OK; i++)
			err = how(&own[i], unit);
	}
	return err;
}

enum err service_unit_off(const char *name, const struct service_boot *boot)
{
	enum err err = turn(name, service_links_hide);

	return err == ERR_OK ? service_sysv_off(name, boot) : err;
}

enum err service_unit_on(const char *name, const struct service_boot *boot)
{
	enum err err = turn(name, service_links_show);

	return err == ERR_OK ? service_sysv_on(name, boot) : err;
}

/* -- ports of a socket -- */

uint16_t service_unit_port(struct str line)
{
	uint64_t port;
	size_t at;

	line = str_trim(line);
	if (!str_take(&line, STR("ListenStream")))
		return 0;
	line = str_trim(line);
	if (!str_take(&line, STR("=")))
		return 0;
	line = str_trim(line);
	/* "23", "192.0.2.1:23", "[::]:23"; a path and an abstract name have no port, nor has "vsock:2:23" one of TCP.
	 */
	if (line.len == 0 || line.data[0] == '/' || line.data[0] == '@' || str_starts(line, STR("vsock")))
		return 0;
	for (at = line.len; at > 0 && line.data[at - 1] != ':'; at--)
		continue;
	line = (struct str){line.data + at, line.len - at};
	return str_number(line, UINT16_MAX, &port) == ERR_OK ? (uint16_t)port : 0;
}

static void add(uint16_t port, uint16_t ports[SERVICE_PORTS_MAX], unsigned *count)
{
	for (unsigned i = 0; i < *count; i++)
		if (ports[i] == port)
			return;
	if (port != 0 && *count < SERVICE_PORTS_MAX)
		ports[(*count)++] = port;
}

static void read_ports(int dir, const char *path, uint16_t ports[SERVICE_PORTS_MAX], unsigned *count)
{
	static char text[FILE_BYTES];
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	struct str rest = {text, got > 0 ? (size_t)got : 0};

	if (fd >= 0)
		close(fd);
	while (!str_empty(rest))
		add(service_unit_port(str_cut(&rest, '\n')), ports, count);
}

static void read_drop_ins(const char *folder, uint16_t ports[SERVICE_PORTS_MAX], unsigned *count)
{
	const struct dirent *entry;
	DIR *list = opendir(folder);

	for (unsigned i = 0; list && i < FILES_MAX && (entry = readdir(list)) != NULL; i++)
		if (entry->d_name[0] != '.')
			read_ports(dirfd(list), entry->d_name, ports, count);
	if (list)
		closedir(list);
}

unsigned service_unit_ports(const char *name, const struct service_boot *boot, uint16_t ports[SERVICE_PORTS_MAX])
{
	char folder[PATH_BYTES];
	unsigned count = 0;

	if (!boot->units[SERVICE_SOCKET].path[0])
		return 0;
	read_ports(AT_FDCWD, boot->units[SERVICE_SOCKET].path, ports, &count);
	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(folder, sizeof(folder), "%s/%s.socket.d", folders[i], name);
		read_drop_ins(folder, ports, &count);
	}
	return count;
}
