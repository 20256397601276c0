/* SPDX-License-Identifier: Apache-2.0 */
/* The command: options, and the logs and recorded events in the order of their stamps. It decides nothing. */
#include "agent/cli/replay.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "agent/cli/event_reader.h"
#include "agent/cli/line_time.h"
#include "agent/cli/log_name.h"
#include "agent/cli/log_reader.h"
#include "agent/cli/log_tally.h"
#include "agent/cli/replay_core.h"
#include "agent/cli/replay_pack.h"
#include "agent/cli/replay_show.h"
#include "agent/common/settings_files.h"
#include "agent/sensors/log/access.h"
#include "agent/sensors/log/declared.h"
#include "agent/sensors/log/sensor.h"
#include "agent/sensors/log/unwrap.h"
#include "agent/shell/own_host.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
	"usage: caltrop replay [--config FILE] [--pack FILE | --no-pack] [--json] [--all] "
	"[--events FILE]... [[--as PATH] LOG...]...\n"
	"Show what the guard would have decided over old logs and recorded events. It touches "
	"nothing.\n"
	"\n"
	"  -c, --config FILE  its settings; without, the built-in defaults\n"
	"      --pack FILE    judge by this pack of Sigma rules; without, by that of the settings,\n"
	"                     or the installed one\n"
	"      --no-pack      judge by the built-in rules alone\n"
	"      --events FILE  recorded events, as `caltrop event list --sigma` writes them\n"
	"      --as PATH      the logs behind it are copies of the settings' PATH\n"
	"  -j, --json         one JSON object per decision, also of what was ignored\n"
	"  -a, --all          show what was ignored, too\n"
	"  -h, --help         this text\n"
	"\n"
	"examples:\n"
	"  caltrop replay /var/log/auth.log.1 /var/log/auth.log\n"
	"  caltrop replay --config /etc/caltrop/caltrop.conf --json auth.log\n"
	"  caltrop replay --pack new.pack --events recorded.jsonl --json\n";

/* A log, or a file of recorded events, of which only the last members count. */
struct log {
	struct log_reader file;
	struct line_time time;
	struct log_tally tally;
	struct stream ahead; /* counts the lines and reads stamps in forms of their own; the core reads the lines */
	struct str line;     /* the next one; valid until log_reader_next() */
	int64_t at_us;	     /* when it was written, or the line before; 0: nothing is known */
	uint16_t source;     /* the core's number of it; of recorded events none */
	bool open, over;     /* over: all lines were given out, and an empty one may be */
	bool broken;	     /* it could not be read, or not to its end */
	bool is_events;
	struct event_reader events;
};

struct replay {
	bool failed, unread, has_events, no_pack;
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

static void next_event(struct replay *p, struct log *log)
{
	char why[EVENT_READER_WHY_MAX];
	enum err err = event_reader_next(&log->events, why);

	log->at_us = log->events.at_us;
	if (err == ERR_OK)
		return;
	log->broken = err != ERR_NOT_FOUND;
	if (log->broken)
		complain(p, why);
	event_reader_close(&log->events);
	log->open = false;
}

static void open_events(struct replay *p, unsigned i)
{
	struct log *log = &p->logs[i];
	char why[EVENT_READER_WHY_MAX];

	log->open = event_reader_open(&log->events, p->names[i].name, why) == ERR_OK;
	log->broken = !log->open;
	if (log->open)
		next_event(p, log);
	else
		complain(p, why);
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
		if (p->logs[i].is_events)
			continue;
		if (log_name_row(&p->settings, &p->names[i], &row, why) != ERR_OK) {
			fprintf(stderr, "caltrop replay: %s\n", why);
			return false;
		}
		for (first = 0; p->logs[first].is_events || !log_name_same(&p->names[first], &p->names[i]);)
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

/* Say how many events were read. Those of other log sources are no mistake. */
static uint64_t tell_events(const struct replay *p, unsigned i)
{
	const struct event_reader *r = &p->logs[i].events;

	fprintf(stderr, "caltrop replay: %s: %llu event%s", p->names[i].name, (unsigned long long)r->events,
		r->events == 1 ? "" : "s");
	if (r->passed)
		fprintf(stderr, ", %llu of log sources that this guard does not have", (unsigned long long)r->passed);
	fputc('\n', stderr);
	return r->events - r->passed;
}

/* Say what was read, and what was not for its form, as the guard's health would. */
static void tell_read(struct replay *p, const struct replay_core *core)
{
	uint64_t lines = 0;

	for (unsigned i = 0; i < p->count; i++) {
		if (p->logs[i].is_events) {
			if (!p->logs[i].broken || p->logs[i].events.events)
				lines += tell_events(p, i);
			continue;
		}
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

/* Give the core the pack that it judges by. False: there has to be one, and it is not used. */
static bool use_pack(struct replay *p, struct replay_core *core)
{
	char path[SETTINGS_PATH_MAX];

	replay_pack_find(&p->settings, path);
	const char *why = path[0] ? replay_pack_give(core, path) : NULL;

	if (why)
		fprintf(stderr, "caltrop replay: %s: %s\n", path, why);
	if (!path[0] && p->has_events)
		complain(p, "nothing judges recorded events, as no pack is installed: say --pack FILE");
	return why == NULL && (path[0] || !p->has_events);
}

static void told(void *owner, const struct replay_line *line, const struct decision *d)
{
	struct replay *p = owner;

	replay_show_decision(&p->show, line, d);
}

/* Give the core what is next in a log. */
static void give(struct replay *p, struct replay_core *core, struct log *log)
{
	const struct log_reader *file = log->is_events ? &log->events.file : &log->file;
	struct replay_line line = {(uint16_t)(log - p->logs), log->source, file->lines.count, log->at_us, log->line};

	if (log->is_events) {
		replay_core_event(core, &line, &log->events.now->event);
		next_event(p, log);
	} else {
		replay_core_line(core, &line);
		next_line(p, log);
	}
}

static void run(struct replay *p)
{
	struct replay_core *core = replay_core_begin(&p->settings, &p->sources, told, p);
	struct log *log;

	if (!core) {
		complain(p, "no memory");
		return;
	}
	p->unread |= !use_pack(p, core);
	p->failed |= p->unread;
	while (!p->unread && !p->show.broken && (log = earliest(p)) != NULL)
		give(p, core, log);
	replay_core_end(core);
	if (!p->unread)
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

static bool add_events(struct replay *p, const char *name)
{
	p->has_events = true;
	if (p->count < REPLAY_LOGS_MAX)
		p->logs[p->count].is_events = true;
	return add_log(p, name, NULL);
}

/* Whether the options go together, and there is something to read; `as` has no log behind it if it is not NULL. */
static bool makes_sense(const struct replay *p, const char *as)
{
	const char *why = as				? "--as PATH has to stand before the log that it is about"
			  : p->count == 0		? "say which logs, or recorded events with --events FILE"
			  : p->no_pack && p->pack	? "--pack and --no-pack do not go together"
			  : p->no_pack && p->has_events ? "nothing judges --events with --no-pack"
							: NULL;

	if (why)
		fprintf(stderr, "caltrop replay: %s\n", why);
	return why == NULL;
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
		{"no-pack", no_argument, NULL, 'n'},
		{"events", required_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *as = NULL, *unused = NULL; /* unused: an --as that no log followed yet */
	bool good = true;
	int option;

	optind = 0; /* the caller has used getopt before */
	/* "-": a log comes as option 1, so that each has the --as before it. */
	while (good && (option = getopt_long(argc, argv, "-c:jah", options, NULL)) != -1) {
		switch (option) {
		case 1:
			good = add_log(p, optarg, as);
			unused = NULL;
			break;
		case 'c': *config = optarg; break;
		case 'p': as = unused = optarg; break;
		case 'r': p->pack = optarg; break;
		case 'n': p->no_pack = true; break;
		case 'e': good = add_events(p, optarg); break;
		case 'j': p->show.json = true; break;
		case 'a': p->show.all = true; break;
		case 'h': *config = NULL; return false;
		default: good = false; break;
		}
	}
	for (; good && optind < argc; optind++) {
		good = add_log(p, argv[optind], as);
		unused = NULL;
	}
	if (good && makes_sense(p, unused))
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
	p.settings.pack = !p.no_pack && (p.settings.pack || p.pack || p.has_events);
	own_host_tell();
	declared_init(&p.declared, &p.settings);
	for (unsigned i = 0; i < p.count; i++)
		p.logs[i].is_events ? open_events(&p, i) : open_log(&p, i);
	run(&p);
	if (fflush(stdout) != 0 && errno != EPIPE)
		complain(&p, "cannot write");
	return p.failed || p.show.failed ? COMMAND_FAILED : COMMAND_OK;
}
