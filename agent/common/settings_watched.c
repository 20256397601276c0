/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the list of [files] watch, and knows which sections a build lacks. Never looks whether there is such a file. */
#include "agent/common/settings_watched.h"

#include <stdio.h>

#define SHOWN_MAX 40

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t';
}

static struct str take_element(struct str *list)
{
	size_t len = 0;
	struct str element;

	while (!str_empty(*list) && is_separator(list->data[0]))
		*list = str_sub(*list, 1, SIZE_MAX);
	while (len < list->len && !is_separator(list->data[len]))
		len++;
	element = str_sub(*list, 0, len);
	*list = str_sub(*list, len, SIZE_MAX);
	return element;
}

/* Control bytes and backslashes have a special meaning in messages and in INI text. */
static bool has_strange_bytes(struct str path)
{
	for (size_t i = 0; i < path.len; i++)
		if ((uint8_t)path.data[i] < 0x20 || path.data[i] == 0x7f || path.data[i] == '\\' || path.data[i] == '*')
			return true;
	return false;
}

static bool is_watched(struct str path)
{
	if (str_equal(path, STR(SETTINGS_WATCHED_USUAL)))
		return true;
	if (str_ends(path, STR("/**")))
		path.len -= 2;
	(void)str_take(&path, STR("~"));
	/* "/" alone would be every file of the root directory. */
	return path.len >= 2 && path.len < SETTINGS_PATH_MAX && path.data[0] == '/' && !has_strange_bytes(path) &&
	       str_find(path, STR("//")) == SIZE_MAX && str_find(path, STR("/../")) == SIZE_MAX &&
	       str_find(path, STR("/./")) == SIZE_MAX && !str_ends(path, STR("/..")) && !str_ends(path, STR("/."));
}

static bool is_bait(struct str path)
{
	return path.len > 0 && path.data[0] == '/' && path.data[path.len - 1] != '/' && is_watched(path) &&
	       !str_ends(path, STR("/**"));
}

/* Add each path of the value that fits to the list. */
static enum err read_paths(struct settings_value *v, bool (*fits)(struct str path), const char *forms)
{
	char(*list)[SETTINGS_PATH_MAX] = v->target;
	unsigned *count = v->second;
	struct str rest = v->text, part;

	while (!str_empty(part = take_element(&rest))) {
		char shown[SHOWN_MAX + 1];

		str_show(part, shown, sizeof(shown));
		if (!fits(part) || part.len >= SETTINGS_PATH_MAX) {
			snprintf(v->why, sizeof(v->why), "'%s' is %s", shown, forms);
			return ERR_INVALID;
		}
		if (*count == v->size / SETTINGS_PATH_MAX) {
			snprintf(v->why, sizeof(v->why), "'%s' does not fit: the list is full", shown);
			return ERR_FULL;
		}
		str_show(part, list[(*count)++], SETTINGS_PATH_MAX);
	}
	return ERR_OK;
}

enum err settings_watched(struct settings_value *v)
{
	return read_paths(v, is_watched, "none of /FILE, /DIR/, /DIR/**, ~/FILE, ~/DIR/, " SETTINGS_WATCHED_USUAL);
}

enum err settings_baits(struct settings_value *v)
{
	return read_paths(v, is_bait, "no /FILE");
}

enum err settings_watched_check(const struct settings *s, struct ini_error *error)
{
	const struct {
		bool lacks;
		const char *section, *option;
	} all[] = {
		{s->process && !IS_ENABLED(CONFIG_SOURCE_PROCESS), "process", "SENSOR_PROCESS"},
		{s->network && !IS_ENABLED(CONFIG_SOURCE_SOCKET), "network", "SENSOR_SOCKET"},
		{s->firewall && !IS_ENABLED(CONFIG_SOURCE_PACKET), "firewall", "SENSOR_PACKET"},
		{s->file_watch && !IS_ENABLED(CONFIG_SOURCE_FILE), "files", "SENSOR_FILE"},
		{s->sessions && !IS_ENABLED(CONFIG_SOURCE_SESSION), "sessions", "SENSOR_SESSION"},
		{s->devices && !IS_ENABLED(CONFIG_SOURCE_UEVENT), "devices", "SENSOR_MODULE and SENSOR_PERIPHERAL"},
		{s->exposure && !IS_ENABLED(CONFIG_SOURCE_EXPOSURE), "exposure", "SENSOR_EXPOSURE"},
	};

	if (s->bait_count > 0 && !s->file_watch) {
		snprintf(error->text, sizeof(error->text), "[files] decoy: nobody looks, unless enabled = yes");
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i].lacks)
			continue;
		snprintf(error->text, sizeof(error->text), "[%s] enabled: this build does not have %s", all[i].section,
			 all[i].option);
		return ERR_UNSUPPORTED;
	}
	return ERR_OK;
}
