/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop parse`: reads logs in pieces, shows the events in them. Calls the same decoders as the guard and adds
 * nothing of its own; memory does not grow with the input.
 */
#include "agent/cli/parse.h"

#include "agent/base/clock.h"
#include "agent/base/json.h"
#include "agent/event/kinds.h"
#include "agent/sensors/log/lines.h"
#include "agent/sensors/log/repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES (256 * 1024)
#define OUTPUT_BYTES (1024 * 1024) /* room for one event of the longest line with every byte escaped, and more */
#define OUTCOMES 4		   /* words of the field "outcome" */
#define FLUSH_AT (OUTPUT_BYTES / 4)

static const char usage[] = "usage: caltrop parse [--json] [--stats] [FILE|-]...\n"
			    "Show the authentication events that the guard's decoders find in logs.\n"
			    "\n"
			    "  -j, --json   one JSON object per recognised line\n"
			    "  -s, --stats  counts on standard error at the end\n"
			    "  -h, --help   this text\n"
			    "\n"
			    "examples:\n"
			    "  caltrop parse /var/log/auth.log\n"
			    "  journalctl -o short-iso | caltrop parse --json --stats\n";

struct parse {
	bool json, stats, many, failed;
	const char *file;
	struct buf out;
	struct lines lines;
	struct repeat repeat;
	uint64_t seen, skipped, recognised, outcomes[OUTCOMES];
};

static char piece_memory[PIECE_BYTES];
static char line_memory[LINES_MAX];
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
			p->failed = true;
			break;
		}
		done += (size_t)wrote;
	}
	p->out.len = 0;
}

static void key_str(struct json *j, const char *key, struct str value)
{
	json_key(j, key);
	if (value.data)
		json_str(j, value);
	else
		json_none(j);
}

static void show_json(struct parse *p, const struct event *e)
{
	struct json j = json_over(&p->out);

	json_begin_object(&j);
	if (p->many)
		key_str(&j, "file", str_from(p->file));
	json_key(&j, "line");
	json_u64(&j, p->lines.count);
	fields_json(&j, e);
	if (e->count > 1) {
		json_key(&j, "repeats");
		json_u64(&j, e->count);
	}
	if (e->stamp_us > 0) {
		char text[48];
		struct buf b = buf_over(text, sizeof(text));

		clock_put_utc(&b, e->stamp_us);
		key_str(&j, "time", buf_str(&b));
	}
	json_end_object(&j);
	buf_char(&p->out, '\n');
}

static void show_line(struct parse *p, const struct event *e)
{
	buf_printf(&p->out, "%8llu  ", (unsigned long long)p->lines.count);
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

	if (!repeat_decode(&p->repeat, line, &e))
		return;
	count(p, &e);
	if (p->json)
		show_json(p, &e);
	else
		show_line(p, &e);
	if (p->out.len >= FLUSH_AT)
		flush(p);
}

/* What a file is that holds no lines, by its first bytes; NULL when nothing is known against it. */
static const char *no_log(struct str head)
{
	static const struct {
		struct str magic;
		const char *what;
	} kinds[] = {
		{STR("\x1f\x8b"), "compressed; try zcat FILE | caltrop parse"},
		{STR("\xfd"
		     "7zXZ"),
		 "compressed; try xzcat FILE | caltrop parse"},
		{STR("\x28\xb5\x2f\xfd"), "compressed; try zstdcat FILE | caltrop parse"},
		{STR("BZh"), "compressed; try bzcat FILE | caltrop parse"},
		{STR("LPKSHHRH"), "a systemd journal; try journalctl -o short-iso --file FILE | caltrop parse"},
		{STR("\xff\xfe"), "UTF-16; try iconv -f UTF-16 FILE | caltrop parse"},
		{STR("\xfe\xff"), "UTF-16; try iconv -f UTF-16 FILE | caltrop parse"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_starts(head, kinds[i].magic))
			return kinds[i].what;
	return NULL;
}

/* Before the first line: the byte order mark of UTF-8 is dropped, and other files than logs are refused. */
static bool look_at_head(struct parse *p, struct str *head)
{
	const char *what = no_log(*head);

	if (what) {
		fprintf(stderr, "caltrop parse: %s is %s\n", p->file, what);
		p->failed = true;
		return false;
	}
	str_take(head, STR("\xef\xbb\xbf"));
	return true;
}

static bool read_all(struct parse *p, int fd)
{
	struct str line;

	for (bool first = true;; first = false) {
		ssize_t got = read(fd, piece_memory, sizeof(piece_memory));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		struct str piece = {piece_memory, (size_t)got};

		if (first && !look_at_head(p, &piece))
			return true;
		lines_feed(&p->lines, piece);
		while (lines_next(&p->lines, &line))
			handle(p, line);
		if (p->failed) /* nobody reads any more */
			return true;
	}
	if (lines_last(&p->lines, &line))
		handle(p, line);
	return true;
}

static void parse_file(struct parse *p, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "caltrop parse: cannot open %s: %s\n", name, strerror(errno));
		p->failed = true;
		return;
	}
	p->file = name;
	p->lines = lines_over(line_memory, sizeof(line_memory));
	p->repeat.len = 0;
	if (!read_all(p, fd)) {
		fprintf(stderr, "caltrop parse: cannot read %s: %s\n", name, strerror(errno));
		p->failed = true;
	}
	p->seen += p->lines.count;
	p->skipped += p->lines.skipped;
	if (!is_stdin)
		close(fd);
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

int parse_main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"stats", no_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct parse p = {.out = buf_over(output_memory, sizeof(output_memory))};
	int option;

	optind = 0; /* the caller has used getopt before */
	while ((option = getopt_long(argc, argv, "jsh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (option == '?') {
			fputs(usage, stderr);
			return 2;
		}
		p.json = p.json || option == 'j';
		p.stats = p.stats || option == 's';
	}
	p.many = argc - optind > 1;
	if (optind == argc)
		parse_file(&p, "-");
	for (int i = optind; i < argc; i++)
		parse_file(&p, argv[i]);
	flush(&p);
	if (p.stats)
		show_stats(&p);
	return p.failed ? 1 : 0;
}
