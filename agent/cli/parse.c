/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop parse`: reads logs in pieces, shows the events in them. Calls the same decoders as the guard and adds
 * nothing of its own; memory does not grow with the input.
 */
#include "agent/cli/parse.h"

#include "agent/base/clock.h"
#include "agent/base/json.h"
#include "agent/cli/command.h"
#include "agent/cli/log_name.h"
#include "agent/cli/log_reader.h"
#include "agent/cli/log_tally.h"
#include "agent/common/settings_files.h"
#include "agent/event/kinds.h"
#include "agent/sensors/log/custom.h"
#include "agent/sensors/log/declared.h"
#include "agent/shell/own_host.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_BYTES (1024 * 1024) /* room for one event of the longest line with every byte escaped, and more */
#define OUTCOMES 4		   /* words of the field "outcome" */
#define FLUSH_AT (OUTPUT_BYTES / 4)

static const char usage[] = "usage: caltrop parse [--config FILE] [--json] [--stats] [[--as PATH] [FILE|-]...]...\n"
			    "Show the authentication events that the guard's decoders find in logs.\n"
			    "\n"
			    "  -c, --config FILE  settings that say how logs are read: [file], [access], [decoder]\n"
			    "      --as PATH      the files behind it are copies of the settings' PATH\n"
			    "  -j, --json         one JSON object per recognised line\n"
			    "  -s, --stats        counts on standard error at the end\n"
			    "  -h, --help         this text\n"
			    "\n"
			    "examples:\n"
			    "  caltrop parse /var/log/auth.log\n"
			    "  journalctl -o short-iso | caltrop parse --json --stats\n";

struct parse {
	bool json, stats, failed;
	bool unread; /* nobody reads what is printed any more */
	unsigned files;
	struct log_reader file;
	struct buf out;
	struct stream stream;
	struct log_tally tally; /* of the file, until a line is known: the counts are --stats' */
	uint64_t seen, skipped, recognised, outcomes[OUTCOMES];
};

static struct settings settings; /* --config; zero without */
static struct declared declared;
static char output_memory[OUTPUT_BYTES];

static void flush(struct parse *p)
{
	size_t done = 0;

	while (done < p->out.len) {
		ssize_t wrote = write(STDOUT_FILENO, p->out.data + done, p->out.len - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			/* A closed pipe, as of `| head`, is the reader's wish and no failure worth a word. */
			if (errno != EPIPE)
				fprintf(stderr, "caltrop parse: cannot write: %s\n", strerror(errno));
			p->failed = p->unread = true;
			break;
		}
		done += (size_t)wrote;
	}
	p->out.len = 0;
}

static void show_json(struct parse *p, const struct event *e)
{
	struct json j = json_over(&p->out);

	json_begin_object(&j);
	if (p->files > 1)
		json_member(&j, "file", str_from(p->file.name));
	json_key(&j, "line");
	json_u64(&j, p->file.lines.count);
	fields_json(&j, e);
	if (e->count > 1) {
		json_key(&j, "repeats");
		json_u64(&j, e->count);
	}
	if (e->stamp_us > 0) {
		char text[48];
		struct buf b = buf_over(text, sizeof(text));

		clock_put_utc(&b, e->stamp_us);
		json_member(&j, "time", buf_str(&b));
	}
	json_end_object(&j);
	buf_char(&p->out, '\n');
}

static void show_line(struct parse *p, const struct event *e)
{
	buf_printf(&p->out, "%8llu  ", (unsigned long long)p->file.lines.count);
	fields_show(&p->out, e);
	if (e->count > 1)
		buf_printf(&p->out, " (%lu times)", (unsigned long)e->count);
	buf_char(&p->out, '\n');
}

/* The field whose words --stats counts. */
static const struct field *outcome_field(void)
{
	return fields_find(kinds_rows[EVENT_AUTH], STR("outcome"));
}

static void count(struct parse *p, const struct event *e)
{
	const struct field *f = outcome_field();

	p->recognised++;
	p->outcomes[*((const uint8_t *)e + f->offset) % OUTCOMES]++;
}

static void handle(struct parse *p, struct str line)
{
	struct event e;
	bool found = stream_decode(&p->stream, line, &e);

	if (p->tally.known == 0)
		log_tally_line(&p->tally, &p->stream, line, found);
	if (!found)
		return;
	count(p, &e);
	if (p->json)
		show_json(p, &e);
	else
		show_line(p, &e);
	if (p->out.len >= FLUSH_AT)
		flush(p);
}

static enum err read_all(struct parse *p, char why[LOG_NAME_WHY_MAX])
{
	struct str line;
	enum err err;

	while ((err = log_reader_next(&p->file, &line, why)) == ERR_OK) {
		handle(p, line);
		if (p->unread)
			break;
	}
	if (err == ERR_NOT_FOUND && stream_has_entries(&p->stream))
		handle(p, STR("")); /* ends the last entry */
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Say why nothing was printed of a file. */
static void tell_nothing(struct parse *p, const char *name)
{
	if (p->tally.known == 0)
		log_tally_tell(&p->tally, "parse", name);
	else if (!p->stats)
		fprintf(stderr, "caltrop parse: %s: %llu line%s, none tells of a log-in\n", name,
			(unsigned long long)p->file.lines.count, p->file.lines.count == 1 ? "" : "s");
	p->failed |= log_tally_is_no_log(&p->tally);
}

static void parse_file(struct parse *p, const struct log_name *log)
{
	char why[LOG_NAME_WHY_MAX];
	uint64_t before = p->recognised;
	unsigned row;
	enum err err = log_name_row(&settings, log, &row, why);

	p->tally = (struct log_tally){.lines = 0};
	if (err == ERR_OK) {
		declared_begin(&declared, row, &p->stream);
		err = log_reader_open(&p->file, log->name, why);
	}
	if (err == ERR_OK) {
		err = read_all(p, why);
		p->seen += p->file.lines.count;
		p->skipped += p->file.lines.skipped;
		log_reader_close(&p->file);
	}
	if (err != ERR_OK) {
		fprintf(stderr, "caltrop parse: %s\n", why);
		p->failed = true;
	}
	if (err == ERR_OK && p->recognised == before)
		tell_nothing(p, log->name);
	if (err == ERR_OK && declared_unread(&p->stream))
		fprintf(stderr, "caltrop parse: %s%s\n", log->name, declared_unread(&p->stream));
}

static void show_stats(const struct parse *p)
{
	char memory[512];
	struct buf b = buf_over(memory, sizeof(memory));
	struct json j = json_over(&b);

	if (!p->json) {
		fprintf(stderr, "%llu lines, %llu recognised, %llu not, %llu of them too long\n",
			(unsigned long long)p->seen, (unsigned long long)p->recognised,
			(unsigned long long)(p->seen - p->recognised), (unsigned long long)p->skipped);
		for (uint8_t i = 0; i < OUTCOMES; i++)
			fprintf(stderr, "%10llu %s\n", (unsigned long long)p->outcomes[i], outcome_field()->words[i]);
		return;
	}
	json_begin_object(&j);
	json_key(&j, "lines");
	json_u64(&j, p->seen);
	json_key(&j, "recognised");
	json_u64(&j, p->recognised);
	json_key(&j, "unrecognised");
	json_u64(&j, p->seen - p->recognised);
	json_key(&j, "too_long");
	json_u64(&j, p->skipped);
	for (uint8_t i = 0; i < OUTCOMES; i++) {
		json_key(&j, outcome_field()->words[i]);
		json_u64(&j, p->outcomes[i]);
	}
	json_end_object(&j);
	fprintf(stderr, "%.*s\n", (int)b.len, b.data);
}

static bool use_settings(const char *config)
{
	char message[SETTINGS_FILES_MESSAGE_MAX];

	if (settings_files_read(&settings, config, message) != ERR_OK) {
		fprintf(stderr, "caltrop parse: %s\n", message);
		return false;
	}
	if (IS_ENABLED(CONFIG_CUSTOM_DECODERS))
		custom_use(settings.decoders, settings.decoder_count);
	return true;
}

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'}, {"as", required_argument, NULL, 'p'},
	{"json", no_argument, NULL, 'j'},	  {"stats", no_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0},
};
/* "-": a file comes as option 1, so that each has the --as before it. */
static const char letters[] = "-c:jsh";

/* Read all but the files, which may stand between, and count these. True: go on; else *status is to be returned. */
static bool read_options(struct parse *p, int argc, char **argv, int *status)
{
	int option;

	optind = 0; /* the caller has used getopt before */
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		*status = option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		if (option == 'h' || option == '?') {
			fputs(usage, option == 'h' ? stdout : stderr);
			return false;
		}
		if (option == 'c' && !use_settings(optarg))
			return false;
		p->json |= option == 'j';
		p->stats |= option == 's';
		p->files += option == 1;
	}
	p->files += (unsigned)(argc - optind);
	return true;
}

static void parse_files(struct parse *p, int argc, char **argv)
{
	const char *as = NULL;
	int option;

	optind = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		if (option == 'p')
			as = optarg;
		if (option == 1)
			parse_file(p, &(struct log_name){optarg, as});
	}
	for (; optind < argc; optind++)
		parse_file(p, &(struct log_name){argv[optind], as});
	if (p->files == 0)
		parse_file(p, &(struct log_name){"-", as});
}

int parse_main(int argc, char **argv)
{
	struct parse p = {.out = buf_over(output_memory, sizeof(output_memory))};
	int status;

	if (!read_options(&p, argc, argv, &status))
		return status;
	own_host_tell();
	declared_init(&declared, &settings);
	parse_files(&p, argc, argv);
	flush(&p);
	if (p.stats)
		show_stats(&p);
	return p.failed || p.seen == 0 ? COMMAND_FAILED : COMMAND_OK;
}
