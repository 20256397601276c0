/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /etc/init.d and /etc/rcN.d, and renames links there. It never makes or removes one, and runs nothing. */
#include "agent/actor/sys/service_sysv.h"

#include "agent/actor/sys/trail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPTS "/etc/init.d"
#define ENTRIES_MAX 4096 /* of one directory */

static enum err no(char why[SERVICE_WHY_MAX], enum err err, const char *what)
{
	snprintf(why, SERVICE_WHY_MAX, "%s", what);
	return err;
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* "S50telnetd" of the letter 'S': 50; SERVICE_NO_LINK: it is another's. */
static uint8_t place_in(const char *entry, char letter, const char *name)
{
	if (entry[0] != letter || entry[1] < '0' || entry[1] > '9' || entry[2] < '0' || entry[2] > '9' ||
	    strcmp(entry + 3, name) != 0)
		return SERVICE_NO_LINK;
	return (uint8_t)((entry[1] - '0') * 10 + entry[2] - '0');
}

/* The place of its first entry of that letter in a directory. */
static uint8_t find_place(const char *directory, char letter, const char *name)
{
	uint8_t place = SERVICE_NO_LINK;
	const struct dirent *entry;
	DIR *list = opendir(directory);

	for (unsigned i = 0; list && i < ENTRIES_MAX && place == SERVICE_NO_LINK; i++) {
		entry = readdir(list);
		if (!entry)
			break;
		place = place_in(entry->d_name, letter, name);
	}
	if (list)
		closedir(list);
	return place;
}

static void level_dir(unsigned level, char out[16])
{
	snprintf(out, 16, "/etc/rc%u.d", level + 2);
}

/* Whoever can change the script could have root run anything. */
static enum err check_script(const char *path, char why[SERVICE_WHY_MAX])
{
	struct trail t;
	mode_t mode;
	enum err err = trail_program(&t, path, &mode);

	if (err == ERR_DENIED)
		return no(why, err, "its start script could be changed by others than root");
	if (err != ERR_OK)
		return no(why, err,
			  err == ERR_NOT_FOUND ? "there is no start script of that name in " SCRIPTS : err_text(err));
	return mode & 0100 ? ERR_OK : no(why, ERR_DENIED, "its start script may not be executed");
}

/* BusyBox' init runs /etc/init.d/S??* in their order. */
static void find_alone(const char *name, struct service_boot *out)
{
	uint8_t on = find_place(SCRIPTS, 'S', name), off = find_place(SCRIPTS, 'K', name);

	if (on == SERVICE_NO_LINK && off == SERVICE_NO_LINK)
		return;
	out->alone = true;
	out->starts = on != SERVICE_NO_LINK;
	out->place[0] = out->starts ? on : (uint8_t)(100 - off);
	snprintf(out->script, sizeof(out->script), SCRIPTS "/%c%02u%s", out->starts ? 'S' : 'K', out->starts ? on : off,
		 name);
}

void service_sysv_links(const char *name, struct service_boot *out)
{
	char directory[16];

	out->early |= find_place("/etc/rcS.d", 'S', name) != SERVICE_NO_LINK;
	for (unsigned i = 0; i < SERVICE_LEVELS; i++) {
		level_dir(i, directory);
		out->place[i] = find_place(directory, 'S', name);
		out->starts |= out->place[i] != SERVICE_NO_LINK;
	}
}

enum err service_sysv_script(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX])
{
	snprintf(out->script, sizeof(out->script), SCRIPTS "/%s", name);
	return check_script(out->script, why);
}

enum err service_sysv_find(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX])
{
	snprintf(out->script, sizeof(out->script), SCRIPTS "/%s", name);
	if (!is_there(out->script))
		find_alone(name, out);
	if (!out->alone)
		service_sysv_links(name, out);
	return check_script(out->script, why);
}

/* Rename an entry of a directory, never over another one. */
static enum err turn(const char *directory, const char *name, char from, uint8_t place)
{
	uint8_t opposite = (uint8_t)((100 - place) % 100);
	char was[VERB_NAME_MAX + 4], is[VERB_NAME_MAX + 4];
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_OK;

	if (dir < 0)
		return err_from_errno(errno);
	snprintf(was, sizeof(was), "%c%02u%s", from, from == 'S' ? place : opposite, name);
	snprintf(is, sizeof(is), "%c%02u%s", from == 'S' ? 'K' : 'S', from == 'S' ? opposite : place, name);
	if (faccessat(dir, is, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		err = ERR_EXISTS;
	else if (renameat(dir, was, dir, is) != 0)
		err = err_from_errno(errno);
	if (err == ERR_OK && fsync(dir) != 0)
		err = err_from_errno(errno);
	close(dir);
	return err;
}

enum err service_sysv_off(const char *name, const struct service_boot *boot)
{
	enum err err = ERR_OK;
	char directory[16];

	if (boot->alone)
		return boot->starts ? turn(SCRIPTS, name, 'S', boot->place[0]) : ERR_OK;
	for (unsigned i = 0; i < SERVICE_LEVELS && err == ERR_OK; i++) {
		level_dir(i, directory);
		if (boot->place[i] != SERVICE_NO_LINK)
			err = turn(directory, name, 'S', boot->place[i]);
	}
	return err;
}

enum err service_sysv_on(const char *name, const struct service_boot *boot)
{
	enum err err = ERR_OK;
	char directory[16];

	for (unsigned i = 0; i < SERVICE_LEVELS && err == ERR_OK; i++) {
		level_dir(i, directory);
		if (boot->place[i] == SERVICE_NO_LINK)
			continue;
		err = turn(boot->alone ? SCRIPTS : directory, name, 'K', boot->place[i]);
		if (err == ERR_EXISTS || err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err;
}
