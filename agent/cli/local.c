/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop local`: asks the guard of this device. Each command sends one request to the control socket and prints the
 * answer in its own way.
 */
#include "agent/cli/local.h"

#include "agent/cli/command.h"
#include "agent/cli/local_client.h"
#include "agent/cli/show.h"
#include "agent/common/settings_files.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_MAX (8u * 1024 * 1024)

struct local {
	bool json;
	char socket[SETTINGS_PATH_MAX + 16];
	const char *argument; /* unban: the address; NULL: none */
	struct str rows;      /* the answer */
};

/* A question, the way to write its answer as JSON, and the way to show it to people. */
struct question {
	const char *usage, *about, *request;
	const char *example;				     /* of the argument; NULL: the command takes none */
	void (*write)(struct buf *b, const struct local *l); /* NULL: as a list of the rows of `type` */
	void (*show)(const struct local *l);		     /* NULL: as a table of them; `none` without any */
	bool (*is_wrong)(struct str rows); /* whether the answer makes the exit status 1; NULL: it never does */
	bool may_lack;			   /* the argument may be left out */
	const char *type, *none;
};

static const char options_text[] =
	"  -j, --json         print JSON, for programs\n"
	"  -s, --socket PATH  ask at this socket (default: caltrop.sock in the run_dir of the configuration)\n"
	"  -c, --config FILE  read the guard's configuration from FILE and FILE.d/*.conf\n"
	"  -h, --help         print this text\n";

static void usage(FILE *out, const struct question *q)
{
	const char *argument = q->example ? q->example : "";
	const char *space = q->example ? " " : "";
	const char *command = q->example ? q->request : q->usage;

	fprintf(out, "usage: caltrop local %s [--json] [--socket PATH | -c FILE]\n%s\n\n%s\nexamples:\n", q->usage,
		q->about, options_text);
	if (q->may_lack)
		fprintf(out, "  caltrop local %s\n", command);
	fprintf(out, "  caltrop local %s%s%s\n", command, space, argument);
	fprintf(out, "  caltrop local %s%s%s --json\n", command, space, argument);
}

/*
 * Without --socket the configuration says where the socket is. A guard whose configuration was broken since it started
 * still runs, and its bans can be looked at and lifted: it is sought in the standard place.
 */
static int find_socket(struct local *l, const char *config)
{
	static struct settings settings;
	char message[SETTINGS_FILES_MESSAGE_MAX];

	if (l->socket[0])
		return COMMAND_OK;
	if (settings_files_read(&settings, config, message) != ERR_OK) {
		fprintf(stderr, "caltrop: %s\n", message);
		if (config)
			return COMMAND_FAILED;
		settings_default(&settings);
		fprintf(stderr, "caltrop: asking the guard at %s/caltrop.sock\n", settings.run_dir);
	}
	snprintf(l->socket, sizeof(l->socket), "%s/caltrop.sock", settings.run_dir);
	return COMMAND_OK;
}

/* False after a message. */
static bool check_arguments(const struct question *q, int given, char **arguments)
{
	const char *wrong = given > (q->example != NULL)			   ? "there is one argument too many"
			    : !given && q->example && !q->may_lack		   ? "an argument is missing"
			    : given && str_empty(str_trim(str_from(arguments[0]))) ? "the argument is empty"
										   : NULL;

	if (!wrong)
		return true;
	fprintf(stderr, "caltrop: %s\n", wrong);
	usage(stderr, q);
	return false;
}

/* -1: go on, else the exit code. */
static int read_options(struct local *l, int argc, char **argv, const struct question *q)
{
	static const struct option longs[] = {
		{"json", no_argument, NULL, 'j'},
		{"socket", required_argument, NULL, 's'},
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *config = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "js:c:h", longs, NULL)) != -1) {
		switch (c) {
		case 'j': l->json = true; break;
		case 's': snprintf(l->socket, sizeof(l->socket), "%s", optarg); break;
		case 'c': config = optarg; break;
		case 'h': usage(stdout, q); return COMMAND_OK;
		default: usage(stderr, q); return COMMAND_USAGE;
		}
	}
	if (!check_arguments(q, argc - optind, argv + optind))
		return COMMAND_USAGE;
	l->argument = optind < argc ? argv[optind] : NULL;
	int found = find_socket(l, config);

	return found == COMMAND_OK ? -1 : found;
}

static int exit_for(enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND: return COMMAND_UNREACHABLE;
	case ERR_DENIED: return COMMAND_DENIED;
	case ERR_TIMEOUT: return COMMAND_UNREACHABLE;
	case ERR_INVALID: return COMMAND_USAGE;
	default: return COMMAND_FAILED;
	}
}

static int cannot_ask(const struct local *l, enum err err)
{
	if (err == ERR_NOT_FOUND)
		fprintf(stderr, "caltrop: no guard answers at %s; is caltropd running?\n", l->socket);
	else if (err == ERR_DENIED)
		fprintf(stderr, "caltrop: %s: permission denied; ask as root or as a member of the guard's group\n",
			l->socket);
	else
		fprintf(stderr, "caltrop: %s: %s\n", l->socket, err_text(err));
	return exit_for(err);
}

/* The guard itself says no: its words, and an exit code from its error's name. */
static int refused(struct str row)
{
	char code[32], text[256];

	show_field(row, "code", code, sizeof(code));
	show_field(row, "text", text, sizeof(text));
	fprintf(stderr, "caltrop: %s\n", text[0] ? text : code);
	if (strcmp(code, err_name(ERR_DENIED)) == 0)
		return COMMAND_DENIED;
	if (strcmp(code, err_name(ERR_NOT_FOUND)) == 0)
		return COMMAND_NOT_FOUND;
	if (strcmp(code, err_name(ERR_TIMEOUT)) == 0)
		return COMMAND_UNREACHABLE;
	return strcmp(code, err_name(ERR_INVALID)) == 0 ? COMMAND_USAGE : COMMAND_FAILED;
}

/* Ask; the answer's rows are in l->rows unless the result is other than COMMAND_OK. */
static int ask(struct local *l, const char *request)
{
	enum err err = local_client_ask(l->socket, request, &l->rows);

	if (err != ERR_OK)
		return cannot_ask(l, err);
	struct str error = show_find(l->rows, "error");

	if (error.data)
		return refused(error);
	if (!show_find(l->rows, "ok").data) {
		fprintf(stderr, "caltrop: the guard's answer ends before it is complete\n");
		return COMMAND_FAILED;
	}
	return COMMAND_OK;
}

/* As the service's lists. */
static void write_items(struct buf *b, const struct local *l, const char *type)
{
	buf_text(b, "{\"items\":");
	show_array(b, l->rows, type);
	buf_char(b, '}');
}

static int print_json(const struct local *l, const struct question *q)
{
	char *memory = malloc(JSON_MAX);
	struct buf b = buf_over(memory, memory ? JSON_MAX : 0);

	if (q->write)
		q->write(&b, l);
	else
		write_items(&b, l, q->type);
	buf_char(&b, '\n');
	bool whole = buf_check(&b) == ERR_OK;

	if (whole)
		fwrite(b.data, 1, b.len, stdout);
	else
		fprintf(stderr, "caltrop: the answer is longer than %u bytes\n", JSON_MAX);
	free(memory);
	return whole && fflush(stdout) == 0 ? COMMAND_OK : COMMAND_FAILED;
}

static void write_status(struct buf *b, const struct local *l)
{
	show_object(b, show_find(l->rows, "status"));
}

static void write_receipt(struct buf *b, const struct local *l)
{
	show_object(b, show_find(l->rows, "receipt"));
}

/* All, or one with what its rules found and what was merged into it. */
static void write_incidents(struct buf *b, const struct local *l)
{
	if (!l->argument) {
		write_items(b, l, "incident");
		return;
	}
	buf_text(b, "{\"incident\":");
	show_object(b, show_find(l->rows, "incident"));
	buf_text(b, ",\n \"timeline\":");
	show_array(b, l->rows, "part");
	buf_text(b, ",\n \"merged\":");
	show_texts(b, l->rows, "merged");
	buf_char(b, '}');
}

static void write_health(struct buf *b, const struct local *l)
{
	char well[8];

	show_field(show_find(l->rows, "health"), "well", well, sizeof(well));
	buf_printf(b, "{\"well\":%s,\n \"problems\":", well[0] ? well : "false");
	show_texts(b, l->rows, "problem");
	buf_text(b, ",\n \"stacks\":");
	show_array(b, l->rows, "stack");
	buf_text(b, ",\n \"counters\":");
	show_array(b, l->rows, "counter");
	buf_char(b, '}');
}

static void write_rules(struct buf *b, const struct local *l)
{
	buf_text(b, "{\"pack\":");
	show_object(b, show_find(l->rows, "pack"));
	buf_text(b, ",\n \"rules\":");
	show_array(b, l->rows, "rule");
	buf_char(b, '}');
}

static void write_explain(struct buf *b, const struct local *l)
{
	static const char *const lists[][2] = {{"bans", "ban"},
					       {"protections", "protection"},
					       {"refusals", "refusal"},
					       {"rules", "rule"},
					       {"incidents", "incident"}};

	buf_text(b, "{\"explain\":");
	show_object(b, show_find(l->rows, "explain"));
	for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		buf_printf(b, ",\n \"%s\":", lists[i][0]);
		show_array(b, l->rows, lists[i][1]);
	}
	buf_char(b, '}');
}

static bool says_unwell(struct str rows)
{
	char well[8];

	show_field(show_find(rows, "health"), "well", well, sizeof(well));
	return strcmp(well, "false") == 0;
}

/* What was only not looked at is no risk that is known. */
static bool says_at_risk(struct str rows)
{
	return str_find(rows, STR("\taction=found\t")) != SIZE_MAX;
}

static int answer(const struct question *q, int argc, char **argv)
{
	struct local l = {0};
	char request[256];
	int exit = read_options(&l, argc, argv, q);

	if (exit >= 0)
		return exit;
	snprintf(request, sizeof(request), "%s%s%s", q->request, l.argument ? " " : "", l.argument ? l.argument : "");
	exit = ask(&l, request);
	if (exit == COMMAND_OK && l.json)
		exit = print_json(&l, q);
	else if (exit == COMMAND_OK && q->show)
		q->show(&l);
	else if (exit == COMMAND_OK)
		show_table(stdout, l.rows, q->type, q->none);
	if (exit == COMMAND_OK && q->is_wrong && q->is_wrong(l.rows))
		exit = COMMAND_FAILED;
	free((void *)l.rows.data);
	return exit;
}

static void show_status(const struct local *l)
{
	show_fields(stdout, show_find(l->rows, "status"));
}

static void show_incidents(const struct local *l)
{
	if (!l->argument) {
		show_table(stdout, l->rows, "incident", "no incident is open");
		return;
	}
	show_fields(stdout, show_find(l->rows, "incident"));
	printf("\n");
	show_table(stdout, l->rows, "part", "no rule is remembered");
	if (show_find(l->rows, "merged").len) {
		printf("\nmerged into it:\n");
		show_table(stdout, l->rows, "merged", "");
	}
}

static void show_receipt(const struct local *l)
{
	char text[256];

	show_field(show_find(l->rows, "ok"), "text", text, sizeof(text));
	puts(text);
}

static void show_health(const struct local *l)
{
	char well[8];

	show_field(show_find(l->rows, "health"), "well", well, sizeof(well));
	puts(strcmp(well, "true") == 0 ? "well" : "not well");
	show_table(stdout, l->rows, "problem", "no problem");
	show_table(stdout, l->rows, "stack", "no log-in through PAM was seen");
	show_table(stdout, l->rows, "counter", "no counters");
}

static void show_rules(const struct local *l)
{
	show_fields(stdout, show_find(l->rows, "pack"));
	show_table(stdout, l->rows, "rule", "no pack of rules is loaded");
}

static void show_explain(const struct local *l)
{
	static const char *const types[] = {"ban", "protection", "refusal", "rule", "incident"};
	struct str about = show_find(l->rows, "explain");
	char addr[64], verdict[32], why[256];

	show_field(about, "addr", addr, sizeof(addr));
	show_field(about, "verdict", verdict, sizeof(verdict));
	show_field(about, "why", why, sizeof(why));
	printf("%s: %s: %s\n", addr, verdict, why);
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (show_find(l->rows, types[i]).data)
			show_table(stdout, l->rows, types[i], "");
}

int local_status(int argc, char **argv)
{
	return answer(&(struct question){"status",
					 "Show what the guard on this device does: mode, link, lines, incidents, bans.",
					 "status", NULL, write_status, show_status, NULL, false, NULL, NULL},
		      argc, argv);
}

int local_bans(int argc, char **argv)
{
	return answer(&(struct question){.usage = "bans",
					 .about = "List the addresses that the guard on this device bans now, and "
						  "those that wait.",
					 .request = "bans",
					 .type = "ban",
					 .none = "no address is banned"},
		      argc, argv);
}

int local_effects(int argc, char **argv)
{
	return answer(&(struct question){.usage = "effects",
					 .about = "List what else than bans is in force: isolations, limits, locks, "
						  "suspensions, files in\nquarantine, a maintenance.",
					 .request = "effects",
					 .type = "effect",
					 .none = "nothing but bans is in force"},
		      argc, argv);
}

int local_explain(int argc, char **argv)
{
	return answer(
		&(struct question){"explain ADDRESS",
				   "Say why an address is banned or not: its ban and who asked for it, what protects "
				   "it, what each rule\ncounts of it now, and the incidents about it.",
				   "explain", "198.51.100.7", write_explain, show_explain, NULL, false, NULL, NULL},
		argc, argv);
}

int local_unban(int argc, char **argv)
{
	return answer(&(struct question){"unban ADDRESS", "Lift the ban of an address or network. Only root may.",
					 "unban", "198.51.100.7", write_receipt, show_receipt, NULL, false, NULL, NULL},
		      argc, argv);
}

int local_maintenance(int argc, char **argv)
{
	return answer(
		&(struct question){
			"maintenance MINUTES",
			"For at most 480 minutes, let changes of files be told of and raise no alert; 0 "
			"ends that. It goes on over\na restart, and `local effects` says until when. Only root "
			"may.",
			"maintenance", "30", write_receipt, show_receipt, NULL, false, NULL, NULL},
		argc, argv);
}

int local_restore(int argc, char **argv)
{
	return answer(
		&(struct question){
			"restore PATH",
			"Put a file back that a rule put in quarantine, with the mode that it had. Only root "
			"may.",
			"restore", "/var/tmp/x", write_receipt, show_receipt, NULL, false, NULL, NULL},
		argc, argv);
}

int local_table(int argc, char **argv)
{
	return answer(&(struct question){.usage = "table NAME",
					 .about = "Show what a sensor knows now, such as processes. A wrong NAME lists "
						  "the tables that there are.",
					 .request = "table",
					 .example = "listeners",
					 .type = "row",
					 .none = "the table is empty"},
		      argc, argv);
}

int local_audit(int argc, char **argv)
{
	return answer(&(struct question){.usage = "audit",
					 .about = "Show what this device offers to an attacker, as the guard's last "
						  "look found it, and what fixes it.\nThe exit status is 1 when "
						  "something is at risk.",
					 .request = "table exposures",
					 .is_wrong = says_at_risk,
					 .type = "row",
					 .none = "nothing is at risk that the audit looks at"},
		      argc, argv);
}

int local_incidents(int argc, char **argv)
{
	return answer(&(struct question){.usage = "incidents [ID]",
					 .about = "List the incidents that are open on this device, or show one with "
						  "what its rules found, in the\norder in which they began; one that "
						  "was closed in the last hour, too.",
					 .request = "incidents",
					 .example = "3f2a9c11",
					 .may_lack = true,
					 .write = write_incidents,
					 .show = show_incidents},
		      argc, argv);
}

int local_rules(int argc, char **argv)
{
	return answer(&(struct question){"rules",
					 "Show the pack of Sigma rules that is in use, and of each rule how often it "
					 "was evaluated and\nmatched, or why it is not in use.",
					 "rules", NULL, write_rules, show_rules, NULL, false, NULL, NULL},
		      argc, argv);
}

int local_health(int argc, char **argv)
{
	return answer(&(struct question){"health",
					 "Show what the guard on this device cannot see or do, and its counters. The "
					 "exit status is 1 when\nsomething is wrong.",
					 "health", NULL, write_health, show_health, says_unwell, false, NULL, NULL},
		      argc, argv);
}
