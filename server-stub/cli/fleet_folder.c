/* SPDX-License-Identifier: Apache-2.0 */
/* From the folder's files to the very bytes that devices are to have. Asks no service. */
#include "server-stub/cli/fleet_folder.h"

#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "agent/sigma/sigma.h"
#include "server-stub/cli/playbook_files.h"
#include "server-stub/cli/policy_file.h"
#include "server-stub/cli/sigma_files.h"
#include "server-stub/cli/sigma_pack.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACK_OBJECT "pack" /* the name of the one pack that a device takes */
#define POLICY_OBJECT "filter"

/* A group while its files are read. */
struct reading {
	struct fleet_folder *folder;
	struct fleet_group *group;
	const char *dir;
};

/* -- items -- */

void fleet_folder_set(struct fleet_item *item, char *bytes, size_t len)
{
	free(item->bytes);
	item->bytes = bytes;
	item->len = len;
	key_sha256(bytes, len, item->plan.sha256);
}

struct fleet_item *fleet_folder_add(struct fleet_group *g, const char *kind, const char *name)
{
	struct fleet_item *item = &g->items[g->count];

	if (g->count == PLAN_ITEMS_MAX) {
		opts_failed(COMMAND_FAILED, "%s: a group has %d objects at most", g->file, PLAN_ITEMS_MAX);
		return NULL;
	}
	g->count++;
	*item = (struct fleet_item){.from = g->file, .signatures = 1};
	snprintf(item->plan.kind, sizeof(item->plan.kind), "%s", kind);
	snprintf(item->plan.name, sizeof(item->plan.name), "%s", name);
	return item;
}

/* A copy of the bytes becomes an item. */
static int add_bytes(const struct reading *r, const char *kind, const char *name, struct str bytes)
{
	char *copy = malloc(bytes.len + 1);
	struct fleet_item *item = copy ? fleet_folder_add(r->group, kind, name) : NULL;

	if (!item) {
		free(copy);
		return copy ? COMMAND_FAILED : opts_failed(COMMAND_FAILED, "out of memory");
	}
	memcpy(copy, bytes.data, bytes.len);
	fleet_folder_set(item, copy, bytes.len);
	return OPTS_GO_ON;
}

/* The path below the folder, in the arena. NULL after a message. */
static const char *path_of(const struct reading *r, const char *name)
{
	char path[PATH_MAX];
	struct str copy;

	if (snprintf(path, sizeof(path), "%s/%s", r->dir, name) >= (int)sizeof(path)) {
		opts_failed(COMMAND_FAILED, "%s/%s: the name is too long", r->dir, name);
		return NULL;
	}
	copy = arena_copy(&r->folder->arena, (struct str){path, strlen(path) + 1});
	if (!copy.data)
		opts_failed(COMMAND_FAILED, "out of memory");
	return copy.data;
}

/* What is wrong with a file is said with its own lines; this says who named it. */
static int say_named(const struct reading *r, const struct desired_path *p, int status)
{
	if (status != OPTS_GO_ON)
		fprintf(stderr, "%s:%u:%u: names %s\n", r->group->file, p->line, p->column, p->text);
	return status;
}

/* -- rules -- */

static int compile_pack(const struct reading *r, const struct opts_list *paths)
{
	static const struct sigma_pack_as as = {"fleet", 1};
	struct buf b = buf_over(malloc(PACK_BYTES_MAX), PACK_BYTES_MAX);
	struct compile c;
	struct pack pack;
	int status = b.data ? sigma_files_compile(&c, paths, NULL) : opts_failed(COMMAND_FAILED, "out of memory");

	if (status != OPTS_GO_ON) {
		free(b.data);
		return status;
	}
	sigma_files_say(&c);
	if (c.refused)
		status = opts_failed(COMMAND_FAILED, "%u of %u rules cannot be compiled", c.refused, c.count);
	else
		status = sigma_pack_make(&c, &as, &b, &pack);
	compile_free(&c);
	if (status == COMMAND_OK)
		status = add_bytes(r, "rules", PACK_OBJECT, buf_str(&b));
	free(b.data);
	return status;
}

/* Whether the file is a pack already; then it is the only one. */
static int take_pack(const struct reading *r, const char *file, bool *taken)
{
	FILE *f = fopen(file, "re");
	char head[3] = "";
	char why[PACK_WHY_MAX];
	struct pack pack;
	struct str bytes;
	int status;

	*taken = f && fread(head, 1, sizeof(head), f) == sizeof(head) && memcmp(head, "CTP", sizeof(head)) == 0;
	if (f)
		fclose(f);
	if (!*taken)
		return OPTS_GO_ON;
	status = sigma_files_read(file, PACK_BYTES_MAX, &bytes);
	if (status != OPTS_GO_ON)
		return status;
	if (sigma_load(&pack, bytes, why) != ERR_OK)
		status = opts_failed(COMMAND_FAILED, "%s: %s", file, why);
	else
		status = add_bytes(r, "rules", PACK_OBJECT, bytes);
	free((char *)bytes.data);
	return status;
}

static int add_rules(const struct reading *r)
{
	const struct desired *d = &r->group->desired;
	struct opts_list paths = {.count = 0};
	bool taken = false;
	int status = OPTS_GO_ON;

	for (unsigned i = 0; i < d->rule_count; i++) {
		paths.items[paths.count++] = path_of(r, d->rules[i].text);
		if (!paths.items[i])
			return COMMAND_FAILED;
	}
	if (paths.count == 1)
		status = take_pack(r, paths.items[0], &taken);
	if (status == OPTS_GO_ON && paths.count > 0 && !taken)
		status = compile_pack(r, &paths);
	return paths.count ? say_named(r, &d->rules[0], status) : status;
}

/* -- policy and playbooks -- */

static int add_policy(const struct reading *r)
{
	static struct filter filter;
	const struct desired_path *p = &r->group->desired.policy;
	uint8_t memory[FILTER_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	const char *file = p->text[0] ? path_of(r, p->text) : NULL;
	int status;

	if (!file)
		return p->text[0] ? COMMAND_FAILED : OPTS_GO_ON;
	status = policy_file_load(file, &filter);
	if (status == OPTS_GO_ON) {
		filter_encode(&b, &filter);
		status = add_bytes(r, "policy", POLICY_OBJECT, buf_str(&b));
	}
	return say_named(r, p, status);
}

static bool is_listed(const struct fleet_group *g, const char *name)
{
	for (unsigned i = 0; i < g->count; i++)
		if (g->items[i].playbook && strcmp(g->items[i].plan.name, name) == 0)
			return true;
	return false;
}

/* Its bytes say until when it runs, so they are made when it is signed. */
static int add_playbook(const struct reading *r, const char *file)
{
	struct playbook *p = malloc(sizeof(*p));
	struct fleet_item *item = NULL;
	int status = p ? playbook_files_read(file, p, NULL) : opts_failed(COMMAND_FAILED, "out of memory");

	if (status == OPTS_GO_ON && !p->bound)
		status = opts_failed(COMMAND_FAILED, "%s: is run by hand; devices keep those that have `on:`", file);
	if (status == OPTS_GO_ON && is_listed(r->group, p->name))
		status = opts_failed(COMMAND_FAILED, "%s: another playbook is called %s, too", file, p->name);
	if (status == OPTS_GO_ON)
		item = fleet_folder_add(r->group, PLAYBOOK_KIND, p->name);
	if (!item) {
		free(p);
		return status == OPTS_GO_ON ? COMMAND_FAILED : status;
	}
	p->until_s = 0;
	item->playbook = p;
	item->from = file;
	item->signatures = playbook_signatures(p);
	return OPTS_GO_ON;
}

static int add_playbooks(const struct reading *r)
{
	const struct desired *d = &r->group->desired;
	int status = OPTS_GO_ON;

	for (unsigned i = 0; i < d->playbook_count && status == OPTS_GO_ON; i++) {
		const char *file = path_of(r, d->playbooks[i].text);

		status = file ? add_playbook(r, file) : COMMAND_FAILED;
		status = say_named(r, &d->playbooks[i], status);
	}
	return status;
}

/* -- files of groups -- */

static void say(const char *file, const struct desired_mistakes *mistakes)
{
	for (unsigned i = 0; i < mistakes->count; i++) {
		const struct desired_mistake *m = &mistakes->list[i];

		if (m->line)
			fprintf(stderr, "%s:%u:%u: ", file, m->line, m->column);
		else
			fprintf(stderr, "%s: ", file);
		sigma_files_print(stderr, str_from(m->why), sizeof(m->why));
		putc('\n', stderr);
	}
}

/* The group is called as its file, unless the file says otherwise. */
static int name_group(const struct reading *r)
{
	struct fleet_group *g = r->group;
	const char *slash = strrchr(g->file, '/');
	struct str name = str_from(slash ? slash + 1 : g->file);

	if (!str_take_back(&name, STR(".yml")))
		(void)str_take_back(&name, STR(".yaml"));
	if (!g->desired.group[0] && str_copy(name, g->desired.group, sizeof(g->desired.group)) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "%s: its name is too long for a group's; set group", g->file);
	for (unsigned i = 0; i < r->folder->count; i++)
		if (r->folder->groups[i] != g && strcmp(r->folder->groups[i]->desired.group, g->desired.group) == 0)
			return opts_failed(COMMAND_FAILED, "%s: the group %s has a file already, %s", g->file,
					   g->desired.group, r->folder->groups[i]->file);
	return OPTS_GO_ON;
}

static int add_parts(const struct reading *r)
{
	const struct desired *d = &r->group->desired;
	int status = name_group(r);

	if (status == OPTS_GO_ON && d->has_settings)
		status = add_bytes(r, TUNING_KIND, TUNING_OBJECT, (struct str){d->settings, d->settings_len});
	if (status == OPTS_GO_ON)
		status = add_rules(r);
	if (status == OPTS_GO_ON)
		status = add_policy(r);
	return status == OPTS_GO_ON ? add_playbooks(r) : status;
}

static int add_group(struct reading *r, const char *name)
{
	static struct desired_mistakes mistakes;
	struct fleet_folder *f = r->folder;
	const char *file = path_of(r, name);
	struct str text;
	int status = file ? sigma_files_read(file, DESIRED_BYTES_MAX, &text) : COMMAND_FAILED;

	if (status != OPTS_GO_ON)
		return status;
	r->group = f->count < FLEET_GROUPS_MAX ? calloc(1, sizeof(*r->group)) : NULL;
	if (!r->group) {
		free((char *)text.data);
		return opts_failed(COMMAND_FAILED, "%s: a folder has %d groups at most", file, FLEET_GROUPS_MAX);
	}
	r->group->file = file;
	f->groups[f->count++] = r->group;
	if (!desired_read(text, &f->arena, &r->group->desired, &mistakes)) {
		say(file, &mistakes);
		status = COMMAND_FAILED;
	}
	free((char *)text.data);
	return status == OPTS_GO_ON ? add_parts(r) : status;
}

static int is_group_file(const struct dirent *e)
{
	return e->d_name[0] != '.' && sigma_files_is_yaml(e->d_name);
}

/* By bytes, the same everywhere. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

const char *fleet_folder_name(const char *given, char out[PATH_MAX])
{
	struct str name = str_from(given);

	while (name.len > 1 && str_take_back(&name, STR("/")))
		;
	return str_copy(name, out, PATH_MAX) == ERR_OK ? out : given;
}

int fleet_folder_read(struct fleet_folder *f, const char *given)
{
	char name[PATH_MAX];
	const char *dir = fleet_folder_name(given, name);
	struct reading r = {.folder = f, .dir = dir};
	struct dirent **list = NULL;
	int count = scandir(dir, &list, is_group_file, by_name), status = OPTS_GO_ON;

	*f = (struct fleet_folder){.count = 0};
	if (count < 0)
		return opts_failed(COMMAND_FAILED, "%s: %s", dir, strerror(errno));
	if (count == 0)
		status = opts_failed(COMMAND_FAILED, "%s: there is no file of a group (GROUP.yml)", dir);
	/* All files, so that all mistakes are told at once. */
	for (int i = 0; i < count; i++) {
		int one = add_group(&r, list[i]->d_name);

		status = one == OPTS_GO_ON ? status : one;
		free(list[i]);
	}
	free(list);
	return status;
}

void fleet_folder_free(struct fleet_folder *f)
{
	for (unsigned i = 0; i < f->count; i++) {
		struct fleet_group *g = f->groups[i];

		for (unsigned k = 0; k < g->count; k++) {
			free(g->items[k].bytes);
			free(g->items[k].playbook);
			json_decref(g->items[k].sealed);
		}
		free(g);
	}
	arena_free(&f->arena);
	f->count = 0;
}
