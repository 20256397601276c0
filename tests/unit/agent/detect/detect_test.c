/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/detect/detect.h"
#include "agent/detect/need.h"
#include "agent/event/fields.h"

#include "proto/pack_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct detect_limits limits = {65536, 64, 16};

/* A pack being written, and a guard that loads it. */
static struct bench {
	struct settings settings;
	struct pack_writer w;
	void *writer, *memory;
	struct detect detect;
	uint8_t bytes[65536];
	size_t len;
	char why[DETECT_WHY_MAX];
	int64_t now_us;
} b;

static void start(void)
{
	struct bench fresh = {.now_us = HOUR_US};

	free(b.writer);
	free(b.memory);
	b = fresh;
	settings_default(&b.settings);
	b.writer = calloc(1, PACK_WRITER_BYTES);
	b.memory = aligned_alloc(16, (detect_size(&limits) + 15) / 16 * 16);
	memset(b.memory, 0xa5, detect_size(&limits));
	pack_write_init(&b.w, b.writer);
	detect_init(&b.detect, b.memory, &limits, &b.settings);
}

static int teardown(void **state)
{
	(void)state;
	free(b.writer);
	free(b.memory);
	b.writer = b.memory = NULL;
	return 0;
}

/* Write "FIELD KIND TEXT" as a matcher, and a node of it. */
static void put_match(const char *field, enum pack_pattern_kind kind, const char *text)
{
	uint32_t p = pack_write_pattern(&b.w, &(struct pack_pattern){(uint8_t)kind, 0, 0, str_from(text)});
	uint16_t number = pack_write_field(&b.w, str_from(field));
	uint32_t m = pack_write_matcher(&b.w, &(struct pack_matcher){number, p, 1});

	pack_write_node(&b.w, PACK_MATCH, m);
}

static uint32_t put_rule(const char *id, const char *category, uint32_t root, uint16_t flags)
{
	struct pack_rule r = {.category = str_from(category), .product = STR("linux"), .node = root};

	r.about = (struct pack_about){.id = str_from(id), .title = STR("T"), .level = PACK_HIGH, .flags = flags};
	return pack_write_rule(&b.w, &r);
}

/* A rule about programs with one pattern. */
static uint32_t put_one(const char *id, const char *field, enum pack_pattern_kind kind, const char *text)
{
	uint32_t root = pack_write_count(&b.w, PACK_NODES);

	put_match(field, kind, text);
	return put_rule(id, "process_creation", root, 0);
}

static enum err load_version(uint64_t version)
{
	struct buf out = buf_over(b.bytes, sizeof(b.bytes));

	assert_int_equal(pack_write(&b.w, STR("test"), version, &out), ERR_OK);
	b.len = out.len;
	return detect_load(&b.detect, buf_str(&out), b.why);
}

static void load(void)
{
	assert_int_equal(load_version(1), ERR_OK);
}

static void judge(const struct event *e)
{
	detect_judge(&b.detect, &(struct detect_input){e, e->count, false, {b.now_us, b.now_us}});
}

static void judge_line(const struct event *e)
{
	detect_judge(&b.detect, &(struct detect_input){e, 1, true, {b.now_us, b.now_us}});
}

/* Begin a program; args has blanks. Returns how many rules found it; the first one's id is in `found`. */
static struct detect_found found;

static unsigned runs(const char *image, const char *args)
{
	struct event e = {.kind = EVENT_PROCESS, .count = 1, .process = {.action = PROCESS_EXEC}};
	char line[512];
	unsigned count = 0;
	size_t len = strlen(args);
	struct detect_found other;

	memcpy(line, args, len + 1);
	for (size_t i = 0; i < len; i++)
		line[i] = line[i] == ' ' ? '\0' : line[i];
	e.process.image = str_from(image);
	e.process.args = (struct str){line, len};
	e.process.user = STR("root");
	judge(&e);
	while (detect_next(&b.detect, count ? &other : &found))
		count++;
	return count;
}

static void a_rule_sees_arguments_as_one_line_and_as_audit_has_them(void **state)
{
	(void)state;
	start();
	put_one("line", "CommandLine", PACK_CONTAINS, "nc -e /bin");
	put_one("a1", "a1", PACK_EQUALS, "-l");
	load();
	assert_int_equal(runs("/bin/nc", "nc -e /bin/sh"), 1);
	assert_true(str_equal(found.about.id, STR("line")));
	assert_int_equal(runs("/bin/nc", "nc -l"), 1);
	assert_true(str_equal(found.about.id, STR("a1")));
	assert_int_equal(runs("/bin/nc", "nc"), 0);
}

static void a_program_that_ends_is_not_one_that_begins(void **state)
{
	struct event e = {
		.kind = EVENT_PROCESS, .count = 1, .process = {.action = PROCESS_EXIT, .image = STR("/bin/nc")}};

	(void)state;
	start();
	put_one("nc", "Image", PACK_ENDS, "/nc");
	load();
	judge(&e);
	assert_false(detect_next(&b.detect, &found));
}

static void rules_about_lines_see_lines_of_their_service(void **state)
{
	struct event e = {
		.kind = EVENT_AUTH, .count = 1, .line = STR("Nov 27 10:00:01 host sshd-session[7]: fatal: x")};
	struct pack_rule r = {.product = STR("linux"), .service = STR("sshd")};

	(void)state;
	start();
	uint32_t p = pack_write_pattern(&b.w, &(struct pack_pattern){PACK_CONTAINS, 0, 0, STR("fatal:")});

	pack_write_node(&b.w, PACK_MATCH, pack_write_matcher(&b.w, &(struct pack_matcher){PACK_WHOLE, p, 1}));
	r.about = (struct pack_about){.id = STR("line"), .level = PACK_HIGH};
	pack_write_rule(&b.w, &r);
	load();
	assert_true(detect_reads_lines(&b.detect));
	judge_line(&e);
	assert_true(detect_next(&b.detect, &found));
	e.line = STR("Nov 27 10:00:01 host cron[7]: fatal: no sshd");
	judge_line(&e);
	assert_false(detect_next(&b.detect, &found));
	judge(&e);
	assert_false(detect_next(&b.detect, &found));
}

static void what_the_settings_leave_off_is_said_to_have_no_sensor(void **state)
{
	(void)state;
	start();
	b.detect.sensed &= (uint16_t) ~(1u << EVENT_PROCESS);
	put_one("nc", "Image", PACK_ENDS, "/nc");
	load();
	assert_false(detect_reads_lines(&b.detect));
	assert_int_equal(detect_pack(&b.detect)->counts[DETECT_NO_SENSOR], 1);
}

static void a_file_is_judged_when_it_is_there(void **state)
{
	struct event e = {
		.kind = EVENT_FILE, .count = 1, .file = {.action = FILE_WRITE, .path = STR("/etc/ld.so.preload")}};
	uint32_t root;

	(void)state;
	start();
	root = pack_write_count(&b.w, PACK_NODES);
	put_match("TargetFilename", PACK_EQUALS, "/etc/ld.so.preload");
	put_rule("preload", "file_event", root, 0);
	load();
	judge(&e);
	assert_true(detect_next(&b.detect, &found));
	e.file.action = FILE_DELETE;
	judge(&e);
	assert_false(detect_next(&b.detect, &found));
}

static void why_says_field_and_pattern(void **state)
{
	char text[200];
	struct buf out = buf_over(text, sizeof(text));

	(void)state;
	start();
	put_one("nc", "Image", PACK_ENDS, "/nc");
	load();
	assert_int_equal(runs("/bin/nc", "nc"), 1);
	detect_why(&b.detect, &found, &out);
	assert_true(str_starts(buf_str(&out), STR("Image ")));
	assert_true(str_find(buf_str(&out), STR("/nc")) != SIZE_MAX);
}

static void rules_that_cannot_match_are_not_evaluated(void **state)
{
	char id[16], text[32];

	(void)state;
	start();
	for (int i = 0; i < 60; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		snprintf(text, sizeof(text), "/tool%d", i);
		put_one(id, "Image", PACK_ENDS, text);
	}
	load();
	assert_int_equal(runs("/usr/bin/tool7", "x"), 1);
	assert_int_equal(b.detect.evaluated, 1);
	assert_int_equal(runs("/usr/bin/other", "x"), 0);
	assert_int_equal(b.detect.evaluated, 1);
}

static void what_is_looked_for_in_vain_is_work_too(void **state)
{
	char text[202], image[1001];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[100] = 'b';
	text[201] = '\0';
	memset(image, 'a', sizeof(image) - 1);
	image[1000] = '\0';
	start();
	put_one("slow", "Image", PACK_CONTAINS, text);
	load();
	assert_int_equal(runs("/bin/true", "true"), 0);
	assert_int_equal(b.detect.work, 0);
	assert_int_equal(runs(image, "x"), 0);
	assert_int_equal(b.detect.evaluated, 0);
	assert_true(b.detect.work > 50000);
}

static uint32_t dice = 7;

static uint32_t roll(uint32_t sides)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 8) % sides;
}

static const char *words[] = {"/bin/sh", "nc",	     "/tmp/", "curl", "-e", "A", "/usr/bin/Wget", "x", "",
			      "sh -c",	 "\xc3\xa4", "/n",    "SH",   " ",  "e", "/dev/tcp/"};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* A condition of random shape. */
static void put_random(unsigned depth)
{
	static const enum pack_pattern_kind kinds[] = {PACK_EQUALS, PACK_STARTS, PACK_ENDS, PACK_CONTAINS, PACK_NULL};
	static const enum pack_node_kind nodes[] = {PACK_AND, PACK_OR, PACK_NOT};

	if (depth == 0 || roll(3) == 0) {
		put_match(roll(2) ? "Image" : "CommandLine", kinds[roll(5)], words[roll(WORDS)]);
		return;
	}
	enum pack_node_kind kind = nodes[roll(3)];
	uint32_t node = pack_write_node(&b.w, kind, 0);
	unsigned inner = kind == PACK_NOT ? 1 : 1 + roll(3);

	for (unsigned i = 0; i < inner; i++)
		put_random(depth - 1);
	pack_write_node_end(&b.w, node);
}

static void random_line(char *out, size_t size)
{
	struct buf line = buf_over(out, size - 1);

	for (unsigned i = 1 + roll(4); i > 0; i--)
		buf_text(&line, words[roll(WORDS)]);
	out[line.len] = '\0';
}

/* How many rules match, without the gate. */
static unsigned count_all(void)
{
	const struct detect_pack *p = detect_pack(&b.detect);
	unsigned count = 0;

	for (uint32_t r = 0; r < p->rules; r++)
		count += sigma_match(&p->pack, pack_rule(&p->pack, r).node, &b.detect.event, NULL);
	return count;
}

static void the_gate_holds_nothing_back_that_matches(void **state)
{
	char image[128], args[128], id[16];
	unsigned matches = 0, held_back = 0;

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		start();
		for (unsigned i = 0; i < 30; i++) {
			uint32_t root = pack_write_count(&b.w, PACK_NODES);

			put_random(3);
			snprintf(id, sizeof(id), "r%u", i);
			put_rule(id, "process_creation", root, 0);
		}
		load();
		for (unsigned i = 0; i < 40; i++) {
			random_line(image, sizeof(image));
			random_line(args, sizeof(args));
			uint64_t before = b.detect.evaluated;
			unsigned told = runs(image, args);

			held_back += 30 - (unsigned)(b.detect.evaluated - before);
			matches += told;
			assert_int_equal(told, count_all());
		}
	}
	assert_true(matches > 1000 && held_back > 1000);
}

/* A correlation over rule 0, by User. */
static void put_correlation(enum pack_correlation_type type, uint32_t least, uint16_t refs)
{
	struct pack_correlation c = {.timespan_s = 60, .least = least, .most = PACK_NO_LIMIT, .unequal = PACK_NO_LIMIT};
	uint16_t user = pack_write_field(&b.w, STR("User")), image = pack_write_field(&b.w, STR("Image"));

	c.about = (struct pack_about){.id = STR("counted"), .title = STR("T"), .level = PACK_HIGH};
	c.type = (uint8_t)type;
	c.groups = 1;
	c.values = type == PACK_VALUE_COUNT;
	c.refs = refs;
	c.ref_first = pack_write_count(&b.w, PACK_REFS);
	for (uint16_t i = 0; i < refs; i++) {
		uint32_t fields = pack_write_ref_field(&b.w, user);

		if (c.values)
			pack_write_ref_field(&b.w, image);
		pack_write_ref(&b.w, &(struct pack_ref){i, fields});
	}
	pack_write_correlation(&b.w, &c);
}

static void put_quiet(const char *id, const char *text)
{
	uint32_t root = pack_write_count(&b.w, PACK_NODES);

	put_match("Image", PACK_CONTAINS, text);
	put_rule(id, "process_creation", root, PACK_QUIET);
}

static void events_are_counted_in_a_window_that_slides(void **state)
{
	(void)state;
	start();
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	load();
	assert_int_equal(runs("/bin/wget", "wget"), 0);
	b.now_us += 40 * SECOND_US;
	assert_int_equal(runs("/bin/wget", "wget"), 0);
	b.now_us += 40 * SECOND_US; /* the first one is over */
	assert_int_equal(runs("/bin/wget", "wget"), 0);
	b.now_us += 10 * SECOND_US;
	assert_int_equal(runs("/bin/wget", "wget"), 1);
	assert_true(str_equal(found.about.id, STR("counted")));
	assert_int_equal(found.window_s, 60);
	assert_non_null(found.subject);
	assert_string_equal(found.subject->name, "user");
}

/* What was told of as one with a count: three equal programs, of which the third one completes the correlation. */
static void equal_events_that_came_together_count_as_often_as_they_happened(void **state)
{
	struct event e = {
		.kind = EVENT_PROCESS, .count = 2, .process = {.action = PROCESS_EXEC, .image = STR("/bin/wget")}};

	(void)state;
	start();
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	load();
	e.process.user = STR("root");
	judge(&e);
	assert_false(detect_next(&b.detect, &found));
	assert_int_equal(runs("/bin/wget", "wget"), 1);
	e.process.user = STR("alice");
	e.count = UINT32_MAX;
	judge(&e);
	assert_true(detect_next(&b.detect, &found));
	assert_true(str_equal(found.about.id, STR("counted")));
}

static void many_of_one_value_are_one_value(void **state)
{
	struct event e = {
		.kind = EVENT_PROCESS, .count = 9, .process = {.action = PROCESS_EXEC, .image = STR("/tool1")}};

	(void)state;
	start();
	put_quiet("base", "/tool");
	put_correlation(PACK_VALUE_COUNT, 3, 1);
	load();
	e.process.user = STR("root");
	judge(&e);
	assert_false(detect_next(&b.detect, &found));
	assert_int_equal(runs("/tool2", "x"), 0);
	assert_int_equal(runs("/tool3", "x"), 1);
}

static void an_event_that_matches_two_counted_rules_is_one(void **state)
{
	(void)state;
	start();
	put_quiet("first", "/one");
	put_quiet("second", "/two");
	put_correlation(PACK_EVENT_COUNT, 3, 2);
	load();
	assert_int_equal(runs("/one/two", "x") + runs("/one/two", "x"), 0);
	assert_int_equal(runs("/one", "x"), 1);
}

static void a_count_has_an_upper_end(void **state)
{
	struct pack_correlation c = {.timespan_s = 60, .least = 2, .most = 3, .unequal = PACK_NO_LIMIT, .refs = 1};

	(void)state;
	start();
	put_quiet("base", "/wget");
	c.about = (struct pack_about){.id = STR("counted"), .level = PACK_HIGH};
	c.type = PACK_EVENT_COUNT;
	pack_write_ref(&b.w, &(struct pack_ref){0, 0});
	pack_write_correlation(&b.w, &c);
	load();
	assert_int_equal(runs("/wget", "x"), 0);
	assert_int_equal(runs("/wget", "x"), 1);
	assert_int_equal(runs("/wget", "x"), 1);
	assert_int_equal(runs("/wget", "x"), 0);
	assert_int_equal(runs("/wget", "x"), 0);
}

/* Files are written late, and stamps are what counts. */
static void what_comes_late_takes_nothing_from_what_is_known(void **state)
{
	(void)state;
	start();
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	load();
	assert_int_equal(runs("/bin/wget", "wget") + runs("/bin/wget", "wget"), 0);
	b.now_us -= 600 * SECOND_US;
	assert_int_equal(runs("/bin/wget", "wget"), 0); /* before the window of what is known */
	b.now_us += 570 * SECOND_US;
	assert_int_equal(runs("/bin/wget", "wget"), 1); /* within it */
	b.now_us += 70 * SECOND_US;
	assert_int_equal(runs("/bin/wget", "wget"), 1); /* the two of the beginning, and this one */
}

static void different_values_are_counted_once_each(void **state)
{
	(void)state;
	start();
	put_quiet("base", "/tool");
	put_correlation(PACK_VALUE_COUNT, 3, 1);
	load();
	for (int i = 0; i < 9; i++)
		assert_int_equal(runs("/tool1", "x"), 0);
	assert_int_equal(runs("/tool2", "x"), 0);
	assert_int_equal(runs("/tool3", "x"), 1);
}

static void an_order_is_kept_and_one_event_is_one_step(void **state)
{
	(void)state;
	start();
	put_quiet("first", "/one");
	put_quiet("second", "/one/two");
	put_correlation(PACK_TEMPORAL_ORDERED, 2, 2);
	load();
	assert_int_equal(runs("/one/two", "x"), 0); /* is both, and begins the order */
	assert_int_equal(runs("/one/two", "x"), 1);
	b.now_us += 61 * SECOND_US;
	assert_int_equal(runs("/one/two", "x"), 0);
}

static void rules_in_any_order_are_counted_once_each(void **state)
{
	(void)state;
	start();
	put_quiet("first", "/one");
	put_quiet("second", "/two");
	put_correlation(PACK_TEMPORAL, 2, 2);
	load();
	assert_int_equal(runs("/two", "x") + runs("/two", "x"), 0);
	assert_int_equal(runs("/one", "x"), 1);
	b.now_us += 61 * SECOND_US;
	assert_int_equal(runs("/one", "x"), 0);
}

/* What counts others counts their matches: five of three are not reached by seven of one. */
static void a_correlation_of_correlations_counts_each_match_once(void **state)
{
	struct pack_correlation c = {.timespan_s = 600, .least = 2, .most = PACK_NO_LIMIT, .unequal = PACK_NO_LIMIT};

	(void)state;
	start();
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	c.about = (struct pack_about){.id = STR("chained"), .title = STR("T"), .level = PACK_HIGH};
	c.type = PACK_EVENT_COUNT;
	c.refs = 1;
	c.ref_first = pack_write_count(&b.w, PACK_REFS);
	pack_write_ref(&b.w, &(struct pack_ref){PACK_CORRELATION, 0});
	pack_write_correlation(&b.w, &c);
	load();
	for (int i = 0; i < 7; i++)
		assert_int_equal(runs("/bin/wget", "wget"), i >= 2); /* each further one belongs to the first match */
	b.now_us += 120 * SECOND_US;
	assert_int_equal(runs("/bin/wget", "wget") + runs("/bin/wget", "wget"), 0);
	assert_int_equal(runs("/bin/wget", "wget"), 2); /* the second match, and both of them */
}

/* The same value by another name in each of the rules. */
static void fields_to_group_by_have_a_name_in_each_rule(void **state)
{
	struct pack_correlation c = {.timespan_s = 60, .least = 2, .most = PACK_NO_LIMIT, .unequal = PACK_NO_LIMIT};
	uint16_t names[2];

	(void)state;
	start();
	put_quiet("first", "/one");
	put_quiet("second", "/two");
	names[0] = pack_write_field(&b.w, STR("CommandLine"));
	names[1] = pack_write_field(&b.w, STR("Image"));
	c.about = (struct pack_about){.id = STR("counted"), .level = PACK_HIGH};
	c.type = PACK_TEMPORAL_ORDERED;
	c.groups = 1;
	c.refs = 2;
	for (uint16_t i = 0; i < 2; i++)
		pack_write_ref(&b.w, &(struct pack_ref){i, pack_write_ref_field(&b.w, names[i])});
	pack_write_correlation(&b.w, &c);
	load();
	assert_int_equal(runs("/one", "/bin/two"), 0);
	assert_int_equal(runs("/usr/two", "x"), 0);
	assert_int_equal(runs("/bin/two", "x"), 1);
}

static void what_correlations_alone_count_crowds_out_nothing(void **state)
{
	char id[16];

	(void)state;
	start();
	for (unsigned i = 0; i <= DETECT_MATCHES_MAX; i++) {
		snprintf(id, sizeof(id), "quiet%u", i);
		put_quiet(id, "/wget");
	}
	put_one("told", "Image", PACK_ENDS, "/wget");
	put_correlation(PACK_TEMPORAL, 1, 1);
	load();
	assert_int_equal(runs("/bin/wget", "x"), 2);
	assert_int_equal(b.detect.dropped, 0);
}

static void what_was_counted_outlives_a_restart_and_another_pack(void **state)
{
	static uint8_t saved[8192];
	struct buf out = buf_over(saved, sizeof(saved));
	struct hash_key key;

	(void)state;
	start();
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	load();
	assert_int_equal(runs("/bin/wget", "wget") + runs("/bin/wget", "wget"), 0);
	assert_int_equal(tally_save(&b.detect.tally, &out, b.now_us), 0);
	key = b.detect.key;
	start();
	b.detect.key = key;
	put_one("new", "Image", PACK_ENDS, "/new");
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	/* The correlation has the same id, and what it counts here is the new rule. */
	load();
	struct view v = view_over(saved, out.len);

	tally_restore(&b.detect.tally, &v, b.now_us, 20 * SECOND_US);
	assert_int_equal(b.detect.tally.groups.count, 1);
	assert_int_equal(runs("/bin/new", "x"), 2); /* the third of its group, and by itself */
}

static void groups_that_find_no_room_are_counted(void **state)
{
	struct event e = {
		.kind = EVENT_PROCESS, .count = 1, .process = {.action = PROCESS_EXEC, .image = STR("/bin/wget")}};
	char user[16];

	(void)state;
	start();
	put_quiet("base", "/wget");
	put_correlation(PACK_EVENT_COUNT, 3, 1);
	load();
	for (int i = 0; i < 20; i++) {
		snprintf(user, sizeof(user), "u%d", i);
		e.process.user = str_from(user);
		judge(&e);
	}
	assert_int_equal(b.detect.tally.lost, 4);
	b.now_us += 61 * SECOND_US; /* all are over, so nothing is lost with them */
	for (int i = 0; i < 16; i++) {
		snprintf(user, sizeof(user), "v%d", i);
		e.process.user = str_from(user);
		judge(&e);
	}
	assert_int_equal(b.detect.tally.lost, 4);
}

static void a_bad_pack_leaves_the_one_in_use(void **state)
{
	struct pack_test test = {.matches = true, .count = 1};

	(void)state;
	start();
	put_one("nc", "Image", PACK_ENDS, "/nc");
	load();
	assert_int_equal(detect_load(&b.detect, (struct str){(char *)b.bytes, b.len - 1}, b.why), ERR_TRUNCATED);
	assert_int_equal(runs("/bin/nc", "nc"), 1);
	pack_write_test_value(&b.w, &(struct pack_test_value){STR("Image"), STR("/bin/cat")});
	pack_write_test(&b.w, &test);
	assert_int_equal(load_version(2), ERR_CORRUPT);
	assert_non_null(strstr(b.why, "its rule nc fails its own test"));
	assert_int_equal(runs("/bin/nc", "nc"), 1);
	assert_int_equal(detect_pack(&b.detect)->pack.version, 1);
	assert_false(detect_back(&b.detect));
}

static void the_pack_before_can_be_used_again(void **state)
{
	(void)state;
	start();
	put_one("nc", "Image", PACK_ENDS, "/nc");
	load();
	put_one("cat", "Image", PACK_ENDS, "/cat");
	assert_int_equal(load_version(2), ERR_OK);
	assert_int_equal(runs("/bin/cat", "cat"), 1);
	assert_true(detect_back(&b.detect));
	assert_int_equal(runs("/bin/cat", "cat"), 0);
	assert_int_equal(runs("/bin/nc", "nc"), 1);
	assert_false(detect_back(&b.detect));
}

static void a_rule_can_be_turned_off_and_low_ones_are_silent(void **state)
{
	static const char id[] = "01234567-89ab-cdef-0123-456789abcdef";
	struct ini_error error;

	(void)state;
	start();
	assert_int_equal(
		settings_read(&b.settings, STR("[rule.01234567-89ab-cdef-0123-456789abcdef]\nenabled = no\n"), &error),
		ERR_OK);
	put_one(id, "Image", PACK_ENDS, "/nc");
	put_one("other", "Image", PACK_ENDS, "/nc");
	load();
	assert_int_equal(runs("/bin/nc", "nc"), 1);
	assert_int_equal(detect_pack(&b.detect)->counts[DETECT_OFF], 1);
	assert_int_equal(settings_read(&b.settings, STR("[rules]\nlevel = critical\n"), &error), ERR_OK);
	load();
	assert_int_equal(runs("/bin/nc", "nc"), 0);
	assert_int_equal(detect_pack(&b.detect)->counts[DETECT_LOW], 1);
}

static void a_pack_beyond_the_limits_is_refused_by_name(void **state)
{
	char id[16];

	(void)state;
	start();
	for (int i = 0; i < 65; i++) {
		snprintf(id, sizeof(id), "r%d", i);
		put_one(id, "Image", PACK_ENDS, "/nc");
	}
	assert_int_equal(load_version(1), ERR_TOO_LONG);
	assert_non_null(strstr(b.why, "RULES_MAX"));
	assert_null(detect_pack(&b.detect));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_sees_arguments_as_one_line_and_as_audit_has_them),
		cmocka_unit_test(a_program_that_ends_is_not_one_that_begins),
		cmocka_unit_test(rules_about_lines_see_lines_of_their_service),
		cmocka_unit_test(what_the_settings_leave_off_is_said_to_have_no_sensor),
		cmocka_unit_test(a_file_is_judged_when_it_is_there),
		cmocka_unit_test(why_says_field_and_pattern),
		cmocka_unit_test(rules_that_cannot_match_are_not_evaluated),
		cmocka_unit_test(what_is_looked_for_in_vain_is_work_too),
		cmocka_unit_test(the_gate_holds_nothing_back_that_matches),
		cmocka_unit_test(events_are_counted_in_a_window_that_slides),
		cmocka_unit_test(equal_events_that_came_together_count_as_often_as_they_happened),
		cmocka_unit_test(many_of_one_value_are_one_value),
		cmocka_unit_test(an_event_that_matches_two_counted_rules_is_one),
		cmocka_unit_test(a_count_has_an_upper_end),
		cmocka_unit_test(what_comes_late_takes_nothing_from_what_is_known),
		cmocka_unit_test(different_values_are_counted_once_each),
		cmocka_unit_test(an_order_is_kept_and_one_event_is_one_step),
		cmocka_unit_test(rules_in_any_order_are_counted_once_each),
		cmocka_unit_test(a_correlation_of_correlations_counts_each_match_once),
		cmocka_unit_test(fields_to_group_by_have_a_name_in_each_rule),
		cmocka_unit_test(what_correlations_alone_count_crowds_out_nothing),
		cmocka_unit_test(what_was_counted_outlives_a_restart_and_another_pack),
		cmocka_unit_test(groups_that_find_no_room_are_counted),
		cmocka_unit_test(a_bad_pack_leaves_the_one_in_use),
		cmocka_unit_test(the_pack_before_can_be_used_again),
		cmocka_unit_test(a_rule_can_be_turned_off_and_low_ones_are_silent),
		cmocka_unit_test(a_pack_beyond_the_limits_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
