/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs together is one incident, what does not stays apart, and no storm makes many records. */
#include "agent/incident/incident_save.h"
#include "agent/incident/incident_table.h"
#include "agent/rules/sequence.h"
#include "agent/rules/single.h"
#include "agent/rules/threshold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NO_TAGS ((const char *const[]){NULL})
#define POLICY(times)                                                          \
	{                                                                      \
		.enabled = true, .count = (times), .window_us = 10 * MINUTE_US \
	}

static const struct rule own[] = {
	{"guess", "Guess", "a", NULL, NO_TAGS, SEV_MEDIUM, .classes = ATTEMPT_FAILURE, .series = STATE_FAILURES,
	 .evaluate = threshold_evaluate, .policy = POLICY(3)},
	{"breach", "Breach", "a", NULL, NO_TAGS, SEV_HIGH, .classes = ATTEMPT_SUCCESS, .series = STATE_FAILURES,
	 .by_user = true, .evaluate = sequence_evaluate, .policy = POLICY(1)},
	{"dropper", "Dropper", "a", NULL, NO_TAGS, SEV_HIGH, EVENT_PROCESS, .subject = SUBJECT_PROCESS,
	 .evaluate = single_evaluate, .policy = POLICY(1)},
	{"listener", "Listener", "a", NULL, NO_TAGS, SEV_MEDIUM, EVENT_LISTENER, .subject = SUBJECT_PROCESS,
	 .evaluate = single_evaluate, .policy = POLICY(1)},
	{"touch", "Touch", "a", NULL, NO_TAGS, SEV_HIGH, EVENT_PACKET, .evaluate = single_evaluate,
	 .policy = POLICY(1)},
	{"changed", "Changed", "a", NULL, NO_TAGS, SEV_LOW, EVENT_FILE, .subject = SUBJECT_FILE,
	 .evaluate = single_evaluate, .policy = POLICY(1)},
	{"created", "Created", "a", NULL, NO_TAGS, SEV_MEDIUM, EVENT_ACCOUNT, .subject = SUBJECT_ACCOUNT,
	 .evaluate = single_evaluate, .policy = POLICY(1)},
};

static const struct rule_pack pack = {own, sizeof(own) / sizeof(own[0])};

struct bench {
	struct settings settings;
	struct rule_set set;
	struct rules rules;
	struct incidents table;
	void *memory, *set_memory, *rule_memory;
	struct now now;
	uint8_t id[INCIDENT_ID]; /* of the last change */
	uint8_t into[INCIDENT_ID];
	uint8_t closed[INCIDENT_ID]; /* of the last one that was closed */
	unsigned records;
	uint32_t parents[64];
	uint64_t starts[64];
};

static unsigned lineage(void *context, uint32_t pid, struct process_kin out[], unsigned max)
{
	const struct bench *b = context;
	unsigned count = 0;

	for (; pid && pid < 64 && count < max; pid = b->parents[pid])
		out[count++] = (struct process_kin){pid, b->starts[pid]};
	return count;
}

static void boot(struct bench *b, uint32_t incidents)
{
	struct incident_limits limits = {incidents, EVIDENCE_LINE_MAX, (const uint8_t *)"sixteen bytes.."};

	settings_default(&b->settings);
	b->now = (struct now){100 * HOUR_US, HOUR_US};
	b->memory = calloc(1, incident_size(&limits));
	b->set_memory = malloc(rule_set_size(pack.count));
	b->rule_memory = malloc(rule_size(64));
	assert_int_equal(rule_set_init(&b->set, b->set_memory, &pack, &b->settings), ERR_OK);
	rule_init(&b->rules, (struct lru_room){b->rule_memory, 64}, &b->set, (struct hash_key){1, 2});
	incident_init(&b->table, b->memory, &limits, &b->rules);
	incident_ask_kin(&b->table, (struct incident_kin){lineage, b});
}

static void power_off(struct bench *b)
{
	free(b->memory);
	free(b->set_memory);
	free(b->rule_memory);
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	boot(b, 16);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	power_off(*state);
	free(*state);
	return 0;
}

static void wait_us(struct bench *b, int64_t us)
{
	b->now.mono_us += us;
	b->now.wall_us += us;
}

/* What a change is, as a letter: Opened, Updated, Closed, Reopened, Joined (joined and not told of: j), Asks. */
static char note(struct bench *b, const struct incident_change *change)
{
	bool is_record = change->kind <= INCIDENT_REOPENED || (change->kind == INCIDENT_JOINED && change->tells);

	b->records += is_record;
	memcpy(b->id, change->finding->id, INCIDENT_ID);
	if (change->kind == INCIDENT_CLOSED)
		memcpy(b->closed, change->finding->incident->id, INCIDENT_ID);
	if (change->finding->incident && change->finding->incident->is_merged)
		memcpy(b->into, change->finding->incident->into, INCIDENT_ID);
	return change->kind == INCIDENT_JOINED && !change->tells ? 'j' : "?OUCRJAGL"[change->kind];
}

static const char *feed(struct bench *b, const struct event *event, const struct attempt *attempt)
{
	static char text[64];
	struct incident_input in = {event, attempt, ATTEMPT_COUNTED, b->now, {1, 0, 0}, false};
	struct incident_change change;
	size_t len = 0;

	incident_feed(&b->table, &in, b->now);
	while (incident_next(&b->table, &change))
		text[len++] = note(b, &change);
	text[len] = '\0';
	return text;
}

static void tick(struct bench *b)
{
	struct incident_change change;

	while (incident_tick(&b->table, b->now, &change))
		note(b, &change);
}

static struct addr address(uint32_t n)
{
	return (struct addr){4, 32, {198, (uint8_t)(18 + (n >> 16)), (uint8_t)(n >> 8), (uint8_t)n}};
}

static const char *login(struct bench *b, enum attempt_class class, uint32_t src, const char *user)
{
	struct attempt attempt = {.class = class, .weight = 1, .src = address(src), .user = str_from(user)};
	struct event event = {.kind = EVENT_AUTH, .count = 1, .line = STR("a line")};

	event.auth.pid = 40;
	return feed(b, &event, &attempt);
}

static const char *guess(struct bench *b, uint32_t src, const char *user)
{
	login(b, ATTEMPT_FAILURE, src, user);
	login(b, ATTEMPT_FAILURE, src, user);
	return login(b, ATTEMPT_FAILURE, src, user);
}

static const char *runs(struct bench *b, uint32_t pid, const char *image)
{
	struct event event = {.kind = EVENT_PROCESS, .count = 1};

	event.process = (struct process_event){.pid = pid, .image = str_from(image), .exe = str_from(image)};
	return feed(b, &event, NULL);
}

static const char *listens(struct bench *b, uint32_t pid)
{
	struct event event = {.kind = EVENT_LISTENER, .count = 1};

	event.listener = (struct listener_event){.pid = pid, .image = STR("/usr/bin/nc"), .port = 4444};
	return feed(b, &event, NULL);
}

static const char *touches(struct bench *b, uint32_t src)
{
	struct event event = {.kind = EVENT_PACKET, .count = 1};

	event.packet.src = address(src);
	return feed(b, &event, NULL);
}

static const struct incident *last(const struct bench *b)
{
	const struct incident *i = incident_get(&b->table, b->id);

	assert_non_null(i);
	return i;
}

/* 1 <- 10 sshd <- 40 the log-in's sshd <- 41 sshd <- 42 a shell <- 43; 1 <- 20 cron <- 21 <- 22, and cron <- 31. */
static void fork_all(struct bench *b)
{
	static const uint32_t parents_of[][2] = {{10, 1}, {40, 10}, {41, 40}, {42, 41}, {43, 42}, {44, 42},
						 {20, 1}, {21, 20}, {22, 21}, {31, 20}, {32, 31}};

	for (size_t i = 0; i < sizeof(parents_of) / sizeof(parents_of[0]); i++)
		b->parents[parents_of[i][0]] = parents_of[i][1];
}

static void incident_of_guessing_breach_dropper_and_listener_is_one_with_four_rules(void **state)
{
	struct bench *b = *state;

	fork_all(b);
	assert_string_equal(guess(b, 1, "root"), "OA");
	assert_int_equal(incident_score(last(b)), 40);
	assert_string_equal(login(b, ATTEMPT_SUCCESS, 1, "root"), "JA");
	assert_int_equal(incident_score(last(b)), 60 + 4 + 10);
	assert_int_equal(incident_severity(last(b)), SEV_HIGH);
	assert_string_equal(runs(b, 43, "/tmp/dropper"), "JA");
	assert_string_equal(listens(b, 44), "JA");
	assert_int_equal(last(b)->part_count, 4);
	assert_int_equal(incident_score(last(b)), 60 + 8 + 4 + 4 + 10);
	assert_int_equal(incident_severity(last(b)), SEV_CRITICAL);
	assert_int_equal(incident_count(last(b)), 3 + 4 + 1 + 1);
	assert_int_equal(b->table.open, 1);
	wait_us(b, HOUR_US);
	tick(b);
	assert_int_equal(b->table.open, 0);
	assert_int_equal(b->records, 5);
}

static void incidents_without_a_common_key_stay_apart(void **state)
{
	struct bench *b = *state;

	fork_all(b);
	/* Two who guess the same accounts. */
	assert_string_equal(guess(b, 1, "alice"), "OA");
	assert_string_equal(guess(b, 2, "alice"), "OA");
	/* Both break in, as an account that many use. */
	b->parents[40] = 0;
	assert_string_equal(login(b, ATTEMPT_SUCCESS, 3, "bob"), "");
	login(b, ATTEMPT_FAILURE, 3, "root");
	assert_string_equal(login(b, ATTEMPT_FAILURE, 4, "root"), "");
	/* Two jobs of one cron, and another daemon's child. */
	assert_string_equal(runs(b, 22, "/usr/bin/wget"), "OA");
	assert_string_equal(runs(b, 32, "/usr/bin/wget"), "OA");
	assert_string_equal(runs(b, 43, "/usr/bin/wget"), "OA");
	assert_int_equal(b->table.open, 5);
	assert_int_equal(b->table.merged, 0);
}

static const char *breach(struct bench *b, uint32_t src, const char *user, uint32_t pid)
{
	struct attempt attempt = {.class = ATTEMPT_SUCCESS, .weight = 1, .src = address(src), .user = str_from(user)};
	struct event event = {.kind = EVENT_AUTH, .count = 1, .line = STR("a line")};

	guess(b, src, user);
	event.auth.pid = pid;
	return feed(b, &event, &attempt);
}

static void a_number_that_is_used_again_is_another_process(void **state)
{
	struct bench *b = *state;

	fork_all(b);
	b->parents[43] = b->parents[21] = 1;
	assert_string_equal(runs(b, 43, "/usr/bin/wget"), "OA");
	assert_string_equal(listens(b, 43), "JA");
	b->starts[43] = 4711;
	assert_string_equal(runs(b, 43, "/usr/bin/curl"), "OA");
	/* And so is a parent. */
	b->parents[44] = 21;
	b->parents[45] = 44;
	assert_string_equal(runs(b, 44, "/usr/bin/nc"), "OA");
	assert_string_equal(runs(b, 45, "/usr/bin/perl"), "jA");
	b->starts[44] = 4712;
	assert_string_equal(listens(b, 45), "JA"); /* the process that did it is the same */
	b->starts[44] = 4713;
	b->starts[45] = 4713;
	assert_string_equal(runs(b, 45, "/usr/bin/python"), "OA");
	assert_int_equal(b->table.open, 4);
}

static void an_account_joins_log_ins_that_succeeded_unless_many_use_it(void **state)
{
	struct bench *b = *state;
	struct event event = {.kind = EVENT_ACCOUNT, .count = 1};

	assert_string_equal(breach(b, 1, "alice", 50), "JA");
	assert_int_equal(b->table.open, 1);
	assert_string_equal(breach(b, 2, "alice", 51),
			    "CjA"); /* the guesses from there were an incident of their own */
	assert_int_equal(b->table.open, 1);
	assert_string_equal(breach(b, 3, "root", 52), "JA");
	assert_string_equal(breach(b, 4, "root", 53), "JA");
	assert_int_equal(b->table.open, 3);
	event.account.name = STR("alice");
	assert_string_equal(feed(b, &event, NULL), "JA");
}

static void the_settings_say_which_accounts_many_use(void **state)
{
	struct bench *b = *state;

	b->settings.shared_count = 1;
	str_show(STR("deploy"), b->settings.shared[0], sizeof(b->settings.shared[0]));
	breach(b, 1, "deploy", 50);
	breach(b, 2, "deploy", 51);
	assert_int_equal(b->table.open, 2);
	breach(b, 3, "root", 52);
	breach(b, 4, "root", 53);
	assert_int_equal(b->table.open, 3);
}

static void a_finding_with_keys_of_two_incidents_makes_them_one(void **state)
{
	struct bench *b = *state;
	uint8_t first[INCIDENT_ID], second[INCIDENT_ID];

	fork_all(b);
	assert_string_equal(guess(b, 1, "x"), "OA");
	memcpy(first, b->id, INCIDENT_ID);
	wait_us(b, SECOND_US);
	assert_string_equal(runs(b, 40, "/usr/sbin/sshd"), "OA");
	memcpy(second, b->id, INCIDENT_ID);
	wait_us(b, SECOND_US);
	/* From the address of the one, by the process of the other. */
	assert_string_equal(login(b, ATTEMPT_SUCCESS, 1, "alice"), "CJA");
	assert_memory_equal(b->id, first, INCIDENT_ID);
	assert_memory_equal(b->into, first, INCIDENT_ID);
	assert_int_equal(b->table.open, 1);
	assert_int_equal(b->table.merged, 1);
	assert_int_equal(last(b)->part_count, 3);
	assert_int_equal(last(b)->findings, 3);
	/* Whoever asks for the younger one gets the one that goes on. */
	assert_ptr_equal(incident_get(&b->table, second), last(b));
	wait_us(b, HOUR_US);
	tick(b);
	assert_int_equal(b->table.open, 0);
	assert_int_equal(b->table.closed, 1);
}

static void a_program_where_all_may_write_joins_by_its_path(void **state)
{
	struct bench *b = *state;
	struct event event = {.kind = EVENT_FILE, .count = 1};

	event.file.path = STR("/usr/bin/sudo");
	assert_string_equal(feed(b, &event, NULL), "OA");
	assert_string_equal(runs(b, 5, "/usr/bin/sudo"), "JA"); /* a rule was about that file */
	assert_string_equal(runs(b, 6, "/tmp/x"), "OA");
	assert_string_equal(runs(b, 7, "/tmp/x"), "jA"); /* one more of the rule, told of in a while */
	assert_string_equal(runs(b, 8, "/usr/bin/wget"), "OA");
	assert_string_equal(runs(b, 9, "/usr/bin/wget"), "OA");
}

static void an_incident_is_opened_again_within_an_hour(void **state)
{
	struct bench *b = *state;
	uint8_t first[INCIDENT_ID];

	guess(b, 1, "x");
	memcpy(first, b->id, INCIDENT_ID);
	wait_us(b, 20 * MINUTE_US);
	tick(b);
	assert_int_equal(b->table.open, 0);
	wait_us(b, 40 * MINUTE_US);
	assert_string_equal(guess(b, 1, "x"), "RA");
	assert_memory_equal(b->id, first, INCIDENT_ID);
	assert_int_equal(last(b)->reopened, 1);
	assert_int_equal(incident_count(last(b)), 6);
	wait_us(b, 20 * MINUTE_US);
	tick(b);
	wait_us(b, 2 * HOUR_US);
	assert_string_equal(guess(b, 1, "x"), "OA");
	assert_memory_not_equal(b->id, first, INCIDENT_ID);
}

static void an_incident_takes_other_findings_for_a_day(void **state)
{
	struct bench *b = *state;

	guess(b, 1, "x");
	for (unsigned i = 0; i < 25 * 12; i++) {
		wait_us(b, 5 * MINUTE_US);
		login(b, ATTEMPT_FAILURE, 1, "x");
		tick(b);
	}
	assert_int_equal(b->table.opened, 1);
	assert_string_equal(touches(b, 1), "OA");
	assert_int_equal(b->table.open, 2);
}

static void an_incident_gives_up_the_part_of_the_lowest_level(void **state)
{
	struct bench *b = *state;
	struct incident i = {.part_count = INCIDENT_PARTS_MAX};
	struct finding f = {.rule = hash_name("touch"), .count = 7};

	for (unsigned n = 0; n < INCIDENT_PARTS_MAX; n++)
		i.parts[n] = (struct incident_part){.rule = n + 1, .count = 1, .level = n == 5 ? SEV_LOW : SEV_MEDIUM};
	guess(b, 1, "x");
	struct incident *real = (struct incident *)(uintptr_t)last(b);

	memcpy(real->parts, i.parts, sizeof(i.parts));
	real->part_count = INCIDENT_PARTS_MAX;
	touches(b, 1);
	assert_int_equal(real->parts[5].rule, f.rule);
	assert_int_equal(real->left_out, 1);
	assert_int_equal(incident_count(real), INCIDENT_PARTS_MAX + 1);
	assert_int_equal(b->table.parts_left_out, 1);
}

static void a_merge_gives_up_the_part_of_the_lowest_level_too(void **state)
{
	struct bench *b = *state;

	fork_all(b);
	assert_string_equal(guess(b, 1, "x"), "OA");
	struct incident *old = (struct incident *)(uintptr_t)last(b);

	wait_us(b, SECOND_US);
	assert_string_equal(runs(b, 40, "/usr/sbin/sshd"), "OA");
	for (unsigned n = 0; n < INCIDENT_PARTS_MAX; n++)
		old->parts[n] = (struct incident_part){.rule = n + 1, .count = 1, .level = SEV_LOW};
	old->part_count = INCIDENT_PARTS_MAX;
	wait_us(b, SECOND_US);
	assert_string_equal(login(b, ATTEMPT_SUCCESS, 1, "alice"), "CJA");
	assert_non_null(incident_part(old, hash_name("dropper")));
	assert_non_null(incident_part(old, hash_name("breach")));
	assert_int_equal(old->left_out, 2);
}

static void the_end_of_an_incident_that_makes_room_is_told_of_as_its_own(void **state)
{
	struct bench *b = *state;
	uint8_t first[INCIDENT_ID];

	power_off(b);
	boot(b, 1);
	assert_string_equal(touches(b, 1), "OA");
	memcpy(first, b->id, INCIDENT_ID);
	assert_string_equal(touches(b, 2), "COA");
	assert_memory_equal(b->closed, first, INCIDENT_ID);
	assert_memory_not_equal(b->id, first, INCIDENT_ID);
}

/* Rules and time bound the records: 33 openings and as many ends a minute, and one part. */
static void a_storm_from_many_addresses_is_few_records(void **state)
{
	struct bench *b = *state;

	for (uint32_t n = 0; n < 100000; n++) {
		wait_us(b, SECOND_US / 1000);
		touches(b, n + 1);
	}
	assert_in_range(b->records, 2, 2 * 100 * (INCIDENT_STORM + 1));
	/* The one that is for all that came after the first 32 of a minute. */
	assert_true(incident_count(last(b)) > 10000);
}

/* More rules than there are rows to count them in. */
static void rules_that_take_turns_storm_as_well(void **state)
{
	struct bench *b = *state;
	unsigned opened = 0;

	b->table.work.now = b->now;
	for (unsigned n = 0; n < 200 * INCIDENT_STORMS_MAX; n++) {
		struct incident_keys keys = {.own_count = 0};

		opened += !incident_storms(&b->table, 1 + n % (INCIDENT_STORMS_MAX + 4), &keys);
	}
	assert_in_range(opened, INCIDENT_STORM, INCIDENT_STORMS_MAX * (INCIDENT_STORM + 1));
}

static void a_storm_of_one_process_tree_is_one_incident(void **state)
{
	struct bench *b = *state;

	fork_all(b);
	for (uint32_t n = 0; n < 100000; n++) {
		wait_us(b, SECOND_US / 1000);
		b->parents[45 + n % 16] = 42;
		runs(b, 45 + n % 16, n % 2 ? "/bin/a" : "/bin/b");
		tick(b);
	}
	assert_int_equal(b->table.opened, 1);
	assert_int_equal(incident_count(last(b)), 100000);
	assert_in_range(b->records, 1, 20);
}

static void incidents_survive_a_restart(void **state)
{
	struct bench *b = *state;
	uint8_t names[8192], findings[8192], table[8192], first[INCIDENT_ID], gone[INCIDENT_ID];
	struct buf n = buf_over(names, sizeof(names)), f = buf_over(findings, sizeof(findings)),
		   t = buf_over(table, sizeof(table));
	struct saved_as as = {.version = 7, .elapsed_us = MINUTE_US};

	fork_all(b);
	guess(b, 7, "x");
	memcpy(gone, b->id, INCIDENT_ID);
	wait_us(b, 15 * MINUTE_US);
	tick(b);
	guess(b, 1, "root");
	login(b, ATTEMPT_SUCCESS, 1, "root");
	memcpy(first, b->id, INCIDENT_ID);
	incident_save_names(&b->table, &n);
	assert_int_equal(incident_save(&b->table, &t, b->now), 0);
	assert_int_equal(incident_save_findings(&b->table, &f, b->now), 0);
	struct now then = b->now;

	power_off(b);
	boot(b, 16);
	b->now = as.now = (struct now){5 * HOUR_US, then.wall_us + MINUTE_US};
	struct view vn = view_over(names, n.len), vt = view_over(table, t.len), vf = view_over(findings, f.len);

	incident_restore_names(&b->table, &vn);
	incident_restore(&b->table, &vt, &as);
	assert_int_equal(incident_restore_findings(&b->table, &vf, &as), 0);
	assert_int_equal(b->table.open, 1);
	assert_string_equal(runs(b, 43, "/tmp/dropper"), "JA");
	assert_memory_equal(b->id, first, INCIDENT_ID);
	assert_int_equal(last(b)->part_count, 3);
	assert_int_equal(incident_count(last(b)), 3 + 4 + 1);
	assert_string_equal(guess(b, 7, "x"), "RA");
	assert_memory_equal(b->id, gone, INCIDENT_ID);
	wait_us(b, HOUR_US);
	tick(b);
	assert_int_equal(b->table.open, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(incident_of_guessing_breach_dropper_and_listener_is_one_with_four_rules),
		TEST(incidents_without_a_common_key_stay_apart),
		TEST(a_number_that_is_used_again_is_another_process),
		TEST(an_account_joins_log_ins_that_succeeded_unless_many_use_it),
		TEST(the_settings_say_which_accounts_many_use),
		TEST(a_finding_with_keys_of_two_incidents_makes_them_one),
		TEST(a_program_where_all_may_write_joins_by_its_path),
		TEST(an_incident_is_opened_again_within_an_hour),
		TEST(an_incident_takes_other_findings_for_a_day),
		TEST(an_incident_gives_up_the_part_of_the_lowest_level),
		TEST(a_merge_gives_up_the_part_of_the_lowest_level_too),
		TEST(the_end_of_an_incident_that_makes_room_is_told_of_as_its_own),
		TEST(a_storm_from_many_addresses_is_few_records),
		TEST(rules_that_take_turns_storm_as_well),
		TEST(a_storm_of_one_process_tree_is_one_incident),
		TEST(incidents_survive_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
