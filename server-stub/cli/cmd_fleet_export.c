/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop fleet export`: from what the devices of a group were sent last to a folder that says so. Settings become
 * YAML again; packs, policies and playbooks are written as they were signed, which `plan` and `apply` read, too.
 */
#include "server-stub/cli/fleet.h"

#include "agent/base/ini.h"
#include "agent/cli/command.h"
#include "server-stub/cli/fleet_folder.h"
#include "server-stub/cli/fleet_state.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/sigma_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct opts_list groups;

static const struct opts_option export_options[] = {
	{OPTS_MANY, "group", "NAME", &groups, "only this group; may be given again (default: all that have devices)"},
	{.kind = OPTS_END},
};

static const struct opts_command export_command = {
	.usage = "fleet export DIR [--group NAME]",
	.about =
		"Write a folder that says what the devices of each group were sent last, for `caltrop fleet plan` and\n"
		"`apply`. Settings become YAML again; rules, policies and playbooks are written compiled, as they "
		"were\n"
		"signed. The service notes in its audit log who fetched them. A file that is there is not replaced.",
	.examples = "  caltrop fleet export fleet/\n"
		    "  caltrop fleet export fleet/ --group cameras",
	.options = export_options,
	.args_min = 1,
	.args_max = 1,
};

/* A group that is being written. */
struct writing {
	struct rest *r;
	const char *dir, *group;
	const struct fleet_state *state;
	FILE *out;
};

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* -- settings -- */

struct yaml {
	FILE *out;
	struct str section, list;
	char section_text[96];
	bool top; /* only what stands at the top of the file: mode and never_ban */
	bool begun;
};

/* A text between quotes; values have no control bytes, for the desk and the device have judged them. */
static void put_text(FILE *out, struct str text)
{
	putc('"', out);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			putc('\\', out);
		putc(text.data[i], out);
	}
	putc('"', out);
}

static void put_top(struct yaml *y, const struct tuning_key *row, struct str value)
{
	bool is_list = row->type == TUNING_NETS;

	if (!is_list || !y->begun)
		fprintf(y->out, is_list ? "%s:\n" : "%s: ", row->key);
	if (is_list)
		fputs("  - ", y->out);
	put_text(y->out, value);
	putc('\n', y->out);
	y->begun |= is_list;
}

static enum err put_key(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	const struct tuning_key *row = tuning_key(section, key);
	struct yaml *y = context;
	bool is_top = row && (row->type == TUNING_MODE || row->type == TUNING_NETS);

	(void)error;
	if (!row)
		return ERR_UNSUPPORTED;
	if (is_top == y->top && is_top)
		put_top(y, row, value);
	if (is_top || y->top)
		return ERR_OK;
	if (!y->begun)
		fputs("settings:\n", y->out);
	if (!str_equal(section, str_from(y->section_text))) {
		str_show(section, y->section_text, sizeof(y->section_text));
		fprintf(y->out, "  %s:\n", y->section_text);
	}
	y->begun = true;
	fprintf(y->out, "    %s: ", row->key);
	put_text(y->out, value);
	putc('\n', y->out);
	return ERR_OK;
}

static int put_settings(const struct writing *w, struct str bytes)
{
	struct yaml top = {.out = w->out, .top = true}, rest = {.out = w->out};
	struct ini_error error;

	if (bytes.len == 0)
		fputs("settings: {}\n", w->out);
	if (ini_read(bytes, put_key, &top, &error) == ERR_OK && ini_read(bytes, put_key, &rest, &error) == ERR_OK)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_FAILED, "%s: its settings have keys that this build does not know", w->group);
}

/* -- files -- */

/* A name that may stand in a path, and in YAML without quotes. */
static bool is_plain(const char *name)
{
	return object_name_valid(name) && !strstr(name, "..");
}

static int write_file(const struct writing *w, const char *name, struct str bytes)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", w->dir, w->group) >= (int)sizeof(path) ||
	    (mkdir(path, 0777) != 0 && errno != EEXIST))
		return opts_failed(COMMAND_FAILED, "%s: %s", path, strerror(errno));
	if (snprintf(path, sizeof(path), "%s/%s/%s", w->dir, w->group, name) >= (int)sizeof(path))
		return opts_failed(COMMAND_FAILED, "%s: the name is too long", path);
	if (access(path, F_OK) == 0)
		return opts_failed(COMMAND_FAILED, "%s: is there already", path);
	return sigma_files_write(path, bytes);
}

/* One object of the group, behind the key that names it. */
static int put_object(const struct writing *w, json_t *object, const char *key)
{
	char name[OBJECT_NAME_MAX + 16], *bytes = NULL;
	size_t len = 0;
	int status = fleet_state_bytes(w->r, object, &bytes, &len);

	if (status != OPTS_GO_ON)
		return status;
	if (strcmp(text_of(object, "kind"), TUNING_KIND) == 0) {
		status = put_settings(w, (struct str){bytes, len});
	} else if (!is_plain(text_of(object, "name"))) {
		status = opts_failed(COMMAND_FAILED, "%s: an object's name cannot be a file's", w->group);
	} else {
		snprintf(name, sizeof(name), "%s.%s", text_of(object, "name"), text_of(object, "kind"));
		status = write_file(w, name, (struct str){bytes, len});
		fprintf(w->out, "%s%s/%s\n", key, w->group, name);
	}
	free(bytes);
	return status;
}

static int put_one(const struct writing *w, const char *kind, const char *name, const char *key)
{
	json_t *object = fleet_state_newest(w->state, kind, name);

	return object ? put_object(w, object, key) : OPTS_GO_ON;
}

/* The names of those that run on some device; of one that was withdrawn only the few bytes that say so are there. */
static json_t *playbook_names(const struct writing *w)
{
	json_t *names = json_object(), *object;
	size_t i;

	for (unsigned k = 0; k < w->state->count; k++)
		json_array_foreach(json_object_get(w->state->devices[k].row, "objects"), i, object)
		{
			const char *name = text_of(object, "name");
			json_t *newest = fleet_state_newest(w->state, PLAYBOOK_KIND, name);

			if (strcmp(text_of(object, "kind"), PLAYBOOK_KIND) == 0 &&
			    json_integer_value(json_object_get(newest, "size")) >
				    (json_int_t)strlen(PLAYBOOK_WITHDRAWN))
				json_object_set_new(names, name, json_true());
		}
	return names;
}

static int put_playbooks(const struct writing *w)
{
	json_t *names = playbook_names(w), *value;
	int status = OPTS_GO_ON;
	const char *name;

	fputs(json_object_size(names) ? "playbooks:\n" : "playbooks: []\n", w->out);
	json_object_foreach(names, name, value)
	{
		if (status == OPTS_GO_ON)
			status = put_one(w, PLAYBOOK_KIND, name, "  - ");
	}
	json_decref(names);
	return status;
}

static int put_group(const struct writing *w)
{
	int status;

	fprintf(w->out, "group: %s\n", w->group);
	status = put_one(w, TUNING_KIND, TUNING_OBJECT, "");
	if (status == OPTS_GO_ON)
		status = put_one(w, "rules", "pack", "rules:\n  - ");
	if (status == OPTS_GO_ON)
		status = put_one(w, "policy", "filter", "policy: ");
	return status == OPTS_GO_ON ? put_playbooks(w) : status;
}

static int export_group(struct rest *r, const char *dir, const char *group)
{
	struct desired d = {.wave_count = 1};
	struct fleet_state state;
	char path[PATH_MAX], *text = NULL;
	size_t len = 0;
	int status;

	if (!is_plain(group) || str_copy(str_from(group), d.group, sizeof(d.group)) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s: the name of this group cannot be a file's", group);
	if (snprintf(path, sizeof(path), "%s/%s.yml", dir, group) >= (int)sizeof(path) || access(path, F_OK) == 0)
		return opts_failed(COMMAND_FAILED, "%s/%s.yml: is there already", dir, group);
	status = fleet_state_read(r, &d, &state);

	const struct writing w = {r, dir, group, &state, open_memstream(&text, &len)};

	if (status == OPTS_GO_ON && w.out)
		status = put_group(&w);
	if ((!w.out || fclose(w.out) != 0) && status == OPTS_GO_ON)
		status = opts_failed(COMMAND_FAILED, "out of memory");
	if (status == OPTS_GO_ON)
		status = sigma_files_write(path, (struct str){text, len});
	if (status == OPTS_GO_ON && !opts_common.json)
		puts(path);
	free(text);
	fleet_state_free(&state);
	return status;
}

/* -- which groups -- */

static bool each_device(void *arg, json_t *device)
{
	if (strcmp(text_of(device, "state"), "approved") == 0)
		json_object_set_new(arg, text_of(device, "group"), json_true());
	return true;
}

static int export_all(struct rest *r, const char *dir)
{
	json_t *names = json_object(), *value;
	int status = OPTS_GO_ON;
	const char *name;

	for (unsigned i = 0; i < groups.count; i++)
		json_object_set_new(names, groups.items[i], json_true());
	if (groups.count == 0)
		status = list_each(r, "/api/v1/devices", each_device, names);
	json_object_foreach(names, name, value)
	{
		if (status == OPTS_GO_ON)
			status = export_group(r, dir, name);
	}
	json_decref(names);
	return status;
}

int cmd_fleet_export(int argc, char **argv)
{
	char name[PATH_MAX];
	const char *dir;
	struct opts_list args;
	int status = opts_read(&export_command, argc, argv, &args);

	if (status != OPTS_GO_ON)
		return status;
	dir = fleet_folder_name(args.items[0], name);
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return opts_failed(COMMAND_FAILED, "%s: %s", dir, strerror(errno));
	struct rest *r = rest_open(&status);

	if (r)
		status = export_all(r, dir);
	rest_close(r);
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
