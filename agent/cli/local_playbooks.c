/* SPDX-License-Identifier: Apache-2.0 */
/* Lists playbooks: those of the settings, which are a rule's steps, and those that operators signed. Runs none. */
#include "agent/cli/local_playbooks.h"

#include "agent/base/clock.h"
#include "agent/base/regular.h"
#include "agent/base/rows.h"
#include "agent/cli/command.h"
#include "agent/cli/show.h"
#include "agent/cli/state_dir.h"
#include "agent/common/settings_files.h"
#include "proto/playbook.h"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROWS_BYTES (256u << 10)

static struct settings settings; /* large, and of this run */
static struct playbook book;
static char memory[ROWS_BYTES], json[2 * ROWS_BYTES];

static int help(FILE *out, int code)
{
	fputs("usage: caltrop local playbooks [--json] [-c FILE]\n"
	      "List what this device does by itself about incidents, as root: the steps of its rules' settings, and "
	      "the\n"
	      "playbooks that operators signed for it. `caltrop local health` says which of them it does not run, and "
	      "why.\n"
	      "\n"
	      "  -j, --json         print JSON, for programs\n"
	      "  -c, --config FILE  read the guard's configuration from FILE and FILE.d/*.conf\n"
	      "  -h, --help         print this text\n"
	      "examples:\n"
	      "  caltrop local playbooks\n"
	      "  caltrop local playbooks --json\n",
	      out);
	return code;
}

static void put_words(struct buf *b, const char *texts, unsigned count, size_t size)
{
	for (unsigned i = 0; i < count; i++)
		buf_printf(b, "%s%s", b->len ? " " : "", texts + i * size);
}

static void put_steps(struct buf *b, const struct playbook *p)
{
	static const char *const joints[ORDER_WHEN_MAX] = {"; ", "; if done ", "; if failed "};

	for (unsigned i = 0; i < p->step_count; i++) {
		if (i)
			buf_text(b, joints[p->steps[i].when]);
		playbook_describe_step(b, p, i);
	}
}

static void row(struct buf *b, const struct playbook *p, const char *by)
{
	char on[PLAYBOOK_BYTES_MAX], steps[PLAYBOOK_BYTES_MAX];
	struct buf words = buf_over(on, sizeof(on)), does = buf_over(steps, sizeof(steps));

	put_words(&words, p->rules[0], p->rule_count, sizeof(p->rules[0]));
	put_words(&words, p->tags[0], p->tag_count, sizeof(p->tags[0]));
	if (p->level)
		buf_printf(&words, "%slevel %s", words.len ? " from " : "", severity_name(p->level));
	put_steps(&does, p);
	rows_begin(b, "playbook");
	rows_text(b, "name", str_from(p->name));
	rows_text(b, "by", str_from(by));
	rows_time(b, "until", p->until_s * SECOND_US);
	rows_bool(b, "expired", p->until_s != 0 && p->until_s * SECOND_US <= clock_wall_us());
	rows_text(b, "on", buf_str(&words));
	rows_text(b, "steps", buf_str(&does));
	rows_end(b);
}

/* -- of the settings -- */

/* What fills the parameter that the step is about. */
static uint8_t source_for(uint8_t type)
{
	for (unsigned i = PLAYBOOK_GIVEN + 1; i < PLAYBOOK_FIELDS; i++)
		if (playbook_field_name(i) && playbook_field(str_from(playbook_field_name(i)), type))
			return (uint8_t)i;
	return PLAYBOOK_GIVEN;
}

static void add_step(struct playbook *p, uint16_t verb, uint32_t ban_s)
{
	struct playbook_step *step = &p->steps[p->step_count++];
	const struct verb_param *what;

	step->args.verb = verb;
	what = verb_what(&step->args);
	for (unsigned tag = 1; what && tag < VERB_PARAM_MAX; tag++)
		if (verb_param(tag) == what)
			step->from[tag] = source_for(what->type);
	if (verb == VERB_BAN)
		step->args.duration_s = ban_s;
}

/* A rule's steps as the smallest playbook. */
static void rule_row(struct buf *b, const char *id, const struct settings_rule_row *rule)
{
	struct playbook *p = &book;

	if (!rule->enabled || rule->steps[0] == VERB_NONE)
		return;
	memset(p, 0, sizeof(*p));
	snprintf(p->name, sizeof(p->name), "%s", id);
	snprintf(p->rules[p->rule_count++], sizeof(p->rules[0]), "%s", id);
	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && rule->steps[i] != VERB_NONE; i++)
		add_step(p, rule->steps[i], settings_ban_s(&settings, rule));
	row(b, p, "settings");
}

static void add_settings(struct buf *b)
{
	for (unsigned i = 0; i < RULES_MAX; i++)
		rule_row(b, settings_rule_name(i), &settings.rules[i]);
	for (unsigned i = 0; i < settings.pack_rule_count; i++)
		rule_row(b, settings.pack_rules[i].id, &settings.pack_rules[i].row);
}

/* -- of operators -- */

static enum err read_one(int dir, const char *name, struct playbook *out)
{
	char bytes[PLAYBOOK_BYTES_MAX + 1], why[PLAYBOOK_WHY_MAX];
	ssize_t n;
	int fd;
	enum err err = regular_open(dir, name, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	return n < 0 ? ERR_IO : playbook_decode((struct str){bytes, (size_t)n}, out, why);
}

static int add_signed(struct buf *b)
{
	int objects, fd, code = state_dir_open(&settings, "objects", &objects);
	DIR *list;

	if (code != COMMAND_OK)
		return code;
	fd = openat(objects, PLAYBOOK_KIND, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(objects);
	list = fd >= 0 ? fdopendir(fd) : NULL;
	/* One that was withdrawn is no playbook. */
	for (struct dirent *e; list && (e = readdir(list)) != NULL;)
		if (object_name_valid(e->d_name) && read_one(fd, e->d_name, &book) == ERR_OK)
			row(b, &book, "operators");
	if (list)
		closedir(list);
	return COMMAND_OK;
}

static int print(const struct buf *rows, bool as_json)
{
	struct buf out = buf_over(json, sizeof(json));

	if (!as_json) {
		show_table(stdout, buf_str(rows), "playbook", "This device does nothing by itself about incidents.");
		return COMMAND_OK;
	}
	show_array(&out, buf_str(rows), "playbook");
	printf("%.*s\n", (int)out.len, out.data);
	return COMMAND_OK;
}

int local_playbooks(int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
					      {"config", required_argument, NULL, 'c'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	struct buf rows = buf_over(memory, sizeof(memory));
	char message[SETTINGS_FILES_MESSAGE_MAX];
	const char *config = NULL;
	bool as_json = false;
	int code;

	for (int option; (option = getopt_long(argc, argv, "jc:h", longs, NULL)) != -1;)
		switch (option) {
		case 'j': as_json = true; break;
		case 'c': config = optarg; break;
		case 'h': return help(stdout, COMMAND_OK);
		default: return help(stderr, COMMAND_USAGE);
		}
	if (argc != optind)
		return help(stderr, COMMAND_USAGE);
	if (settings_files_read(&settings, config, message) != ERR_OK) {
		fprintf(stderr, "caltrop: %s\n", message);
		return COMMAND_FAILED;
	}
	add_settings(&rows);
	code = add_signed(&rows);
	return code == COMMAND_OK ? print(&rows, as_json) : code;
}
