/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program that begins costs in the rules of a Sigma pack: with 10, 248 and 2,000 of them, in turns, each time
 * the median of its rounds. The rules are made up, in the shapes of public ones: most name programs and arguments, some
 * arguments alone. One in 500 has to be evaluated for every event, as one does that is a regular expression alone; of
 * the public rules for Linux none is.
 *
 *   sigma [ROUNDS]      rows "sigma rulesN NANOSECONDS ns", an event each
 */
#include "agent/detect/detect.h"
#include "proto/pack_write.h"
#include "tests/bench/load/load_times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS 5000 /* of one round */

static const unsigned sizes[] = {10, 248, 2000};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct settings settings;

static uint32_t put_pattern(struct pack_writer *w, enum pack_pattern_kind kind, const char *text)
{
	return pack_write_pattern(w, &(struct pack_pattern){(uint8_t)kind, 0, 0, str_from(text)});
}

static void put_match(struct pack_writer *w, const char *field, uint32_t first, uint32_t count)
{
	uint16_t number = pack_write_field(w, str_from(field));

	pack_write_node(w, PACK_MATCH, pack_write_matcher(w, &(struct pack_matcher){number, first, count}));
}

/* Number i: a few programs, and a few arguments. */
static void put_rule(struct pack_writer *w, unsigned i)
{
	uint32_t root = pack_write_node(w, PACK_AND, 0), first;
	char text[48], id[16];

	if (i % 3 != 2 && i % 500 != 499) {
		for (unsigned n = 0; n < 4; n++) {
			snprintf(text, sizeof(text), "/tool%u", i * 4 + n);
			first = put_pattern(w, PACK_ENDS, text);
		}
		put_match(w, "Image", first - 3, 4);
	}
	for (unsigned n = 0; n < 6; n++) {
		snprintf(text, sizeof(text), " --option%u", i * 6 + n);
		first = put_pattern(w, PACK_CONTAINS, i % 500 == 499 ? " -" : text);
	}
	put_match(w, "CommandLine", first - 5, 6);
	if (i % 500 == 499)
		put_match(w, "ParentCommandLine", put_pattern(w, PACK_CONTAINS, "zq"), 1);
	pack_write_node_end(w, root);
	snprintf(id, sizeof(id), "rule-%u", i);
	struct pack_rule r = {.category = STR("process_creation"), .product = STR("linux"), .node = root};

	r.about = (struct pack_about){.id = str_from(id), .title = STR("T"), .level = PACK_HIGH};
	pack_write_rule(w, &r);
}

static struct detect *make(unsigned rules)
{
	static const struct detect_limits limits = {2u << 20, 2048, 64};
	void *memory = aligned_alloc(16, (detect_size(&limits) + 15) / 16 * 16);
	void *writer = calloc(1, PACK_WRITER_BYTES);
	struct detect *d = calloc(1, sizeof(*d));
	char *bytes = malloc(limits.bytes), why[DETECT_WHY_MAX] = "out of memory";
	struct buf out = buf_over(bytes, bytes ? limits.bytes : 0);
	struct pack_writer w;
	enum err err = ERR_FULL;

	if (memory && writer && d && bytes) {
		pack_write_init(&w, writer);
		for (unsigned i = 0; i < rules; i++)
			put_rule(&w, i);
		detect_init(d, memory, &limits, &settings);
		err = pack_write(&w, STR("bench"), 1, &out);
		err = err == ERR_OK ? detect_load(d, buf_str(&out), why) : err;
	}
	free(writer);
	free(bytes);
	if (err == ERR_OK)
		return d;
	fprintf(stderr, "sigma: %u rules: %s (%s)\n", rules, err_text(err), why);
	exit(1);
}

/* Processor time, so that what else runs here hardly counts. */
static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t round_of(struct detect *d)
{
	static const char args[] =
		"gcc\0-O2\0-g\0-Wall\0-I.\0-Ibuild/include\0-c\0-o\0build/agent/core/core.o\0agent/core/"
		"core.c";
	struct event e = {.kind = EVENT_PROCESS, .count = 1, .process = {.action = PROCESS_EXEC}};
	struct detect_found found;
	int64_t start = clock_ns();

	e.process.image = STR("/usr/bin/gcc");
	e.process.args = (struct str){args, sizeof(args) - 1};
	e.process.parent_image = STR("/usr/bin/make");
	e.process.parent_args = (struct str){"make\0-j2\0all", 11};
	e.process.user = STR("1000");
	for (unsigned i = 0; i < EVENTS; i++) {
		detect_judge(d, &(struct detect_input){&e, 1, false, {(int64_t)i, (int64_t)i}});
		while (detect_next(d, &found))
			;
	}
	return clock_ns() - start;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 50;
	static struct load_times times[SIZES];
	struct detect *packs[SIZES];

	if (rounds < 1 || rounds > LOAD_TIMES_MAX) {
		fprintf(stderr, "usage: sigma [ROUNDS]\n");
		return 2;
	}
	settings_default(&settings);
	for (unsigned n = 0; n < SIZES; n++)
		packs[n] = make(sizes[n]);
	for (int i = 0; i < rounds; i++)
		for (unsigned n = 0; n < SIZES; n++)
			load_times_add(&times[n], round_of(packs[n]));
	for (unsigned n = 0; n < SIZES; n++)
		printf("sigma rules%u %.1f ns\n", sizes[n], (double)load_times_at(&times[n], 50) / EVENTS);
	return 0;
}
