/* SPDX-License-Identifier: Apache-2.0 */
/* The command: options, the logs in the order of their stamps, and what is printed. It decides nothing. */
#include "agent/cli/replay.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "agent/cli/line_time.h"
#include "agent/cli/log_name.h"
#include "agent/cli/log_reader.h"
#include "agent/cli/log_tally.h"
#include "agent/cli/replay_core.h"
#include "agent/cli/replay_show.h"
#include "agent/common/settings_files.h"
#include "agent/sensors/log/access.h"
#include "agent/sensors/log/declared.h"
#include "agent/sensors/log/sensor.h"
#include "agent/sensors/log/unwrap.h"
#include "proto/pack.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] = "usage: caltrop replay [--config FILE] [--pack FILE] [--json] [--all] "
			    "[[--as PATH] LOG...]...\n"
			    "Show what the guard would have decided over old logs. Nothing is touched.\n"
			    "\n"
			    "  -c, --config FILE  its settings; without, the built-in defaults\n"
			    "      --pack FILE    judge the log-ins by this pack of Sigma rules, too\n"
			    "      --as PATH      the logs behind it are copies of the settings' PATH\n"
			    "  -j, --json         one JSON object per decision, also of what was ignored\n"
			    "  -a, --all          show what was ignored, too\n"
			    "  -h, --help         this text\n"
			    "\n"
			    "examples:\n"
			    "  caltrop replay /var/log/auth.log.1 /var/log/auth.log\n"
			    "  caltrop replay --config /etc/caltrop/caltrop.conf --json auth.log\n";

struct log {
	struct log_reader file;
	struct line_time time;
	struct log_tally tally;
	struct stream ahead; /* counts the lines and reads stamps in forms of their own; the core reads the lines */
	struct str line;     /* the next one; valid until log_reader_next() */
	int64_t at_us;	     /* when it was written, or the line before; 0: nothing is known */
	uint16_t source;     /* the core's number of it */
	bool open, over;     /* over: all lines were given out, and an empty one may be */
	bool broken;	     /* broken: it could not be read, or not to its end */
};

struct replay {
	bool failed, unread;
	const char *pack; /* of --pack; NULL: the settings say it */
	struct settings settings;
	struct declared declared;
	unsigned count;
	struct log_name names[REPLAY_LOGS_MAX];
	struct replay_sources sources;
	struct replay_show show;
	struct log logs[REPLAY_LOGS_MAX];
};

static void complain(struct replay *p, const char *why)
{
	fprintf(stderr, "caltrop replay: %s\n", why);
	p->failed = true;
}

/* The stamp that stands in a form of its own in the line, as audit's, an access log's or an entry's of the journal. */
static int64_t inner_stamp_us(const struct log *log)
{
	const struct access_log *access = &log->ahead.access;
	struct sensor_line wrapped;
	struct event event;
	uint8_t unfinished = 0;

	sensor_prepare(log->line, &event);
	if (IS_ENABLED(CONFIG_ACCESS_LOGS) && (access->format || str_starts(log->line, STR("{"))) &&
	    access_decode(access, log->line, &event) != ACCESS_STRANGE && event.stamp_us)
		return event.stamp_us;
	return unwrap(log->line, &unfinished, &wrapped) == UNWRAP_WHOLE ? wrapped.stamp_us : 0;
}

/* Read the log's next line, and when it was written. */
static void next_line(struct replay *p, struct log *log)
{
	char why[LOG_READER_WHY_MAX];
	enum err err = log_reader_next(&log->file, &log->line, why);

	if (err == ERR_NOT_FOUND && stream_has_entries(&log->ahead) && !log->over) {
		log->over = true;
		log->line = STR(""); /* ends the last entry */
		return;
	}
	if (err != ERR_OK) {
		log->broken = err != ERR_NOT_FOUND;
		if (log->broken)
			complain(p, why);
		log_reader_close(&log->file);
		log->open = false;
		return;
	}
	struct event event;
	bool found = stream_decode(&log->ahead, log->line, &event);
	int64_t inner_us = found ? event.stamp_us : 0, us;

	log_tally_line(&log->tally, &log->ahead, log->line, found);
	us = stream_has_entries(&log->ahead) ? 0 : line_time_us(&log->time, log->line);
	if (us == 0)
		us = inner_us ? inner_us : inner_stamp_us(log);
	if (us > 0)
		log->at_us = us;
	log_tally_time(&log->tally, us);
}

static void open_log(struct replay *p, unsigned i)
{
	struct log *log = &p->logs[i];
	char why[LOG_READER_WHY_MAX];
	struct stat st;

	declared_begin(&p->declared, p->sources.rows[log->source], &log->ahead);
	if (log_reader_open(&log->file, p->names[i].name, why) != ERR_OK) {
		log->broken = true;
		complain(p, why);
		return;
	}
	log->open = true;
	bool is_file = fstat(log->file.fd, &st) == 0 && S_ISREG(st.st_mode);

	log->time = line_time_begin(is_file ? (int64_t)st.st_mtime * SECOND_US : clock_wall_us());
	next_line(p, log);
}

/* The log whose next line was written first; NULL: all have ended. */
static struct log *earliest(struct replay *p)
{
	struct log *first = NULL;

	for (unsigned i = 0; i < p->count; i++)
		if (p->logs[i].open && (!first || p->logs[i].at_us < first->at_us))
			first = &p->logs[i];
	return first;
}

/* Say what each log is to the guard: one source with those before and after its rotation. */
static bool plan(struct replay *p)
{
	char why[LOG_NAME_WHY_MAX];
	unsigned row, first;

	for (unsigned i = 0; i < p->count; i++) {
		if (log_name_row(&p->settings, &p->names[i], &row, why) != ERR_OK) {
			fprintf(stderr, "caltrop replay: %s\n", why);
			return false;
		}
		for (first = 0; !log_name_same(&p->names[first], &p->names[i]);)
			first++;
		p->logs[i].source = first < i ? p->logs[first].source : (uint16_t)p->sources.count;
		if (first < i)
			continue;
		if (p->sources.count == SETTINGS_FILES_MAX) {
			fprintf(stderr, "caltrop replay: more than %d logs, and a guard reads no more at a time\n",
				SETTINGS_FILES_MAX);
			return false;
		}
		p->sources.rows[p->sources.count++] = row;
	}
	return true;
}

/* Say what was read, and what was not for its form, as the guard's health would. */
static void tell_read(struct replay *p, const struct replay_core *core)
{
	uint64_t lines = 0;

	for (unsigned i = 0; i < p->count; i++) {
		const char *why = replay_core_unread(core, p->logs[i].source);

		if (!p->logs[i].broken || p->logs[i].tally.lines)
			log_tally_tell(&p->logs[i].tally, "replay", p->names[i].name);
		if (why)
			fprintf(stderr, "caltrop replay: %s%s\n", p->names[i].name, why);
		p->failed |= log_tally_is_no_log(&p->logs[i].tally);
		lines += p->logs[i].tally.lines;
	}
	p->failed |= lines == 0;
}

/* Give the core the pack of rules that the settings or --pack name. */
static bool use_pack(struct replay *p, struct replay_core *core)
{
	const char *path = p->settings.pack_file, *why = "cannot be read";

	if (!path[0])
		return true;
	FILE *file = fopen(path, "re");
	char *bytes = malloc(PACK_BYTES_MAX + 1);
	size_t len = file && bytes ? fread(bytes, 1, PACK_BYTES_MAX + 1, file) : 0;

	if (file && bytes && !ferror(file))
		why = replay_core_pack(core, (struct str){bytes, len});
	if (why)
		fprintf(stderr, "caltrop replay: %s: %s\n", path, why);
	if (file)
		fclose(file);
	free(bytes);
	return why == NULL;
}

static void told(void *owner, const struct replay_line *line, const struct decision *d)
{
	struct replay *p = owner;

	replay_show_decision(&p->show, line, d);
}

static void run(struct replay *p)
{
	struct replay_core *core = replay_core_begin(&p->settings, &p->sources, told, p);
	struct log *log;

	if (!core) {
		complain(p, "no memory");
		return;
	}
	p->unread |= IS_ENABLED(CONFIG_RULES_SIGMA) && !use_pack(p, core);
	p->failed |= p->unread;
	while (!p->unread && !p->show.broken && (log = earliest(p)) != NULL) {
		struct replay_line line = {(uint16_t)(log - p->logs), log->source, log->file.lines.count, log->at_us,
					   log->line};

		replay_core_line(core, &line);
		next_line(p, log);
	}
	replay_core_end(core);
	tell_read(p, core);
	replay_core_free(core);
}

static bool read_settings(struct replay *p, const char *config)
{
	char message[SETTINGS_FILES_MESSAGE_MAX];

	settings_default(&p->settings);
	if (!config || settings_files_read(&p->settings, config, message) == ERR_OK)
		return true;
	fprintf(stderr, "caltrop replay: %s\n", message);
	return false;
}

static bool add_log(struct replay *p, const char *name, const char *as)
{
	if (p->count == REPLAY_LOGS_MAX) {
		fprintf(stderr, "caltrop replay: more than %d logs\n", REPLAY_LOGS_MAX);
		return false;
	}
	p->names[p->count++] = (struct log_name){name, as};
	return true;
}

/* False: *config is NULL if help was asked for, and else the usage was wrong. */
static bool read_options(struct replay *p, int argc, char **argv, const char **config)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"as", required_argument, NULL, 'p'},
		{"json", no_argument, NULL, 'j'},
		{"all", no_argument, NULL, 'a'},
		{"pack", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *as = NULL;
	bool good = true;
	int option;

	optind = 0; /* the caller has used getopt before */
	/* "-": a log comes as option 1, so that each has the --as before it. */
	while (good && (option = getopt_long(argc, argv, "-c:jah", options, NULL)) != -1) {
		switch (option) {
		case 1: good = add_log(p, optarg, as); break;
		case 'c': *config = optarg; break;
		case 'p': as = optarg; break;
		case 'r': p->pack = optarg; break;
		case 'j': p->show.json = true; break;
		case 'a': p->show.all = true; break;
		case 'h': *config = NULL; return false;
		default: good = false; break;
		}
	}
	for (; good && optind < argc; optind++)
		good = add_log(p, argv[optind], as);
	if (good && p->count > 0)
		return true;
	*config = "";
	return false;
}

int replay_main(int argc, char **argv)
{
	static struct replay p;
	const char *config = NULL;

	p = (struct replay){.show = {.names = p.names}};
	if (!read_options(&p, argc, argv, &config)) {
		fputs(usage, config ? stderr : stdout);
		return config ? COMMAND_USAGE : COMMAND_OK;
	}
	if (!read_settings(&p, config) || !plan(&p))
		return COMMAND_USAGE;
	if (p.pack && str_copy(str_from(p.pack), p.settings.pack_file, sizeof(p.settings.pack_file)) != ERR_OK) {
		complain(&p, "the path of the pack is too long");
		return COMMAND_USAGE;
	}
	declared_init(&p.declared, &p.settings);
	for (unsigned i = 0; i < p.count; i++)
		open_log(&p, i);
	run(&p);
	if (fflush(stdout) != 0 && errno != EPIPE)
		complain(&p, "cannot write");
	return p.failed || p.show.failed ? COMMAND_FAILED : COMMAND_OK;
}
