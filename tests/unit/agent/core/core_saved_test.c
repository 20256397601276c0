/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a saved state of each version that ever was still means: bans, incidents, requests without an answer, and above
 * all counts that are under way, also when the rules count otherwise now. saved/counts-N.bin was written by the last
 * build of version N that was fed what live() feeds, and counts-N.txt is what that build said of its bans and
 * incidents. `SAVED_AS=FILE core_saved_test` writes both for the build at hand, for when the version is raised.
 */
#include "tests/unit/agent/core/bench.h"

#include "agent/base/hash.h"
#include "agent/base/view.h"
#include "agent/rules/rule.h"

#define VERSION 7     /* of this build: core_snapshot.c */
#define RULES_ROOM 32 /* for all built-in rules and those around them */
#define SAVED_WALL_US (1700000241 * SECOND_US)

static void left_early(struct bench *b, const char *addr, unsigned pid)
{
	line(b, "sshd[%u]: Connection closed by authenticating user root %s port 4000 [preauth]", pid, addr);
}

static void unknown_user(struct bench *b, const char *addr, unsigned pid)
{
	line(b, "sshd[%u]: Failed password for invalid user u%u from %s port 4000 ssh2", pid, pid, addr);
}

/* Four minutes of a device's life. */
static void live(struct bench *b)
{
	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	boot(b, 1);
	/* A ban of three rules, in force, and one reset and one ban that nobody has answered. */
	brute_force(b, "192.0.2.1");
	for (unsigned i = 0; i < 10; i++)
		left_early(b, "192.0.2.2", 200 + i);
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, "192.0.2.3", 300 + i, "alice");
	win_by(b, "192.0.2.3", 310, "alice");
	for (unsigned i = 0; i < b->acts; i++)
		if (b->act[i].args.verb == VERB_BAN)
			answer(b, &b->act[i], RECEIPT_DONE, ERR_OK);
	brute_force(b, "192.0.2.4");
	/* Of one that has no address. */
	for (unsigned i = 0; i < 5; i++)
		fail_by(b, "host.example", 410 + i, "root");
	/* Under way: four and two failures, */
	fail_by(b, "192.0.2.5", 500, "root");
	fail_by(b, "192.0.2.5", 501, "root");
	fail_by(b, "192.0.2.6", 600, "root");
	wait_us(b, 2 * MINUTE_US);
	fail_by(b, "192.0.2.5", 502, "root");
	fail_by(b, "192.0.2.5", 503, "root");
	fail_by(b, "192.0.2.6", 601, "root");
	wait_us(b, 2 * MINUTE_US);
	/* four users that do not exist, nine probes, and a connection whose verdict has not been read. */
	for (unsigned i = 0; i < 4; i++)
		line(b, "sshd[%u]: Failed password for invalid user u%u from 192.0.2.7 port 4000 ssh2", 700 + i, i);
	for (unsigned i = 0; i < 9; i++)
		left_early(b, "192.0.2.8", 800 + i);
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, "192.0.2.9", 900 + i, "bob");
	line(b, "sshd[910]: Invalid user eve from 192.0.2.9 port 4000");
	wait_us(b, SECOND_US);
	save(b);
}

static void read_saved(struct bench *b, unsigned version)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "tests/unit/agent/core/saved/counts-%u.bin", version);
	f = fopen(path, "rb");
	assert_non_null(f);
	b->saved_len = fread(b->saved, 1, sizeof(b->saved), f);
	fclose(f);
	assert_true(b->saved_len > 100);
	assert_int_equal(b->saved[5], version);
}

/* A new boot of the device some time after the state was saved. */
static void begin_after(struct bench *b, int64_t away_us)
{
	b->now = (struct now){20 * SECOND_US, SAVED_WALL_US + away_us};
	boot(b, 2);
	b->acts = b->findings = b->receipts = 0;
	b->log_len = 0;
	b->log[0] = '\0';
	feed(b, &(struct input){.kind = INPUT_RESTORE, .bytes = {(const char *)b->saved, b->saved_len}});
	assert_null(strstr(b->log, "not used"));
}

/* How often the rule has told of that src. */
static unsigned told(const struct bench *b, const char *rule, const char *src)
{
	unsigned count = 0;
	size_t len = strlen(src);

	assert_true(b->findings < KEPT);
	for (unsigned i = 0; i < b->findings; i++)
		count += !strcmp(b->rule[i], rule) && !strncmp(b->about[i], src, len) && b->about[i][len] == '|';
	return count;
}

/* The row has each cell of the old one that says who, why and how often. */
static bool says(const char *row, size_t len, char *old)
{
	static const char *const cells[] = {"addr=", "state=", "rule=", "id=", "src=", "user=", "service=", "count#"};
	bool same = true;

	for (char *cell = strtok(old, "\t"); cell; cell = strtok(NULL, "\t"))
		for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
			const char *at = strncmp(cell, cells[i], strlen(cells[i])) ? row : strstr(row, cell);

			same &= at && at < row + len;
		}
	return same;
}

static bool has_row(const char *reply, const char *old)
{
	for (const char *row = reply, *end; (end = strchr(row, '\n')) != NULL; row = end + 1) {
		char text[512];

		snprintf(text, sizeof(text), "%s", old);
		if (says(row, (size_t)(end - row), text))
			return true;
	}
	return false;
}

/* What the old build said, without what a rule that is gone had asked for. Returns how many rows it was. */
static unsigned says_the_same(struct bench *b, unsigned version)
{
	char path[64], row[512];
	unsigned rows = 0;
	FILE *said;

	snprintf(path, sizeof(path), "tests/unit/agent/core/saved/counts-%u.txt", version);
	said = fopen(path, "r");
	assert_non_null(said);
	while (fgets(row, sizeof(row), said)) {
		if (strncmp(row, "ok\t", 3) == 0)
			continue;
		row[strcspn(row, "\n")] = '\0';
		ask(b, row[0] == 'b' ? "bans" : "incidents", false);
		if (!has_row(b->reply, row))
			fail_msg("version %u: %s is not in: %s", version, row, b->reply);
		rows++;
	}
	fclose(said);
	return rows;
}

/* Counts go on: what is missing to the rule's count fires it, and nothing before that. */
static void goes_on(struct bench *b)
{
	assert_int_equal(b->findings, 0);
	fail_by(b, "192.0.2.5", 1000, "root");
	assert_int_equal(told(b, "brute_force", "192.0.2.5"), 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(told(b, "brute_force", "192.0.2.6"), 0);
		fail_by(b, "192.0.2.6", 1010 + i, "root");
	}
	assert_int_equal(told(b, "brute_force", "192.0.2.6"), 1);
	assert_int_equal(told(b, "enumeration", "192.0.2.7"), 0);
	unknown_user(b, "192.0.2.7", 1020);
	assert_int_equal(told(b, "enumeration", "192.0.2.7"), 1);
	assert_int_equal(told(b, "spraying", "192.0.2.7"), 1);
	assert_int_equal(told(b, "probing", "192.0.2.8"), 0);
	left_early(b, "192.0.2.8", 1030);
	assert_int_equal(told(b, "probing", "192.0.2.8"), 1);
	/* A further trace of what was counted is no other attempt. */
	line(b, "sshd[910]: Failed password for invalid user eve from 192.0.2.9 port 4000 ssh2");
	assert_int_equal(told(b, "brute_force", "192.0.2.9"), 0);
	fail_by(b, "192.0.2.9", 1040, "bob");
	assert_int_equal(told(b, "brute_force", "192.0.2.9"), 1);
	win_by(b, "192.0.2.6", 1050, "root");
	assert_int_equal(told(b, "breach", "192.0.2.6"), 1);
}

static void asks_again_for_what_was_not_answered(struct bench *b)
{
	bool ban = false, reset = false;

	for (unsigned i = 0; i < b->acts; i++) {
		const struct actor_act *act = &b->act[i];

		ban |= act->args.verb == VERB_BAN && act->args.addr.bytes[3] == 4 && !strcmp(act->rule, "brute_force");
		reset |= act->args.verb == VERB_RESET && !strcmp(act->args.account, "alice") &&
			 !strcmp(act->rule, "breach");
	}
	assert_true(ban && reset);
}

static void core_goes_on_where_a_state_of_any_version_ended(void **state)
{
	struct bench *b = *state;

	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	for (unsigned version = 1; version <= VERSION; version++) {
		read_saved(b, version);
		begin_after(b, 30 * SECOND_US);
		assert_int_equal(says_the_same(b, version), 9);
		goes_on(b);
		wait_us(b, 5 * SECOND_US);
		asks_again_for_what_was_not_answered(b);
	}
}

static uint32_t never(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
		      const struct state_event *event)
{
	(void)state;
	(void)rule;
	(void)policy;
	(void)event;
	return 0;
}

/* The built-in rules without `gone`, in backward order, between rules of a later build. */
static struct rule_pack other_rules(struct rule *rules, const char *gone)
{
	static const char *const none[] = {NULL};
	struct rule later = {.id = "first_of_all", .title = "", .author = "", .tags = none, .evaluate = never};
	unsigned count = 0;

	later.classes = ATTEMPT_FAILURE;
	later.series = STATE_FAILURES;
	later.policy = (struct settings_rule_row){.enabled = true, .count = 20, .window_us = 20 * MINUTE_US};
	rules[count++] = later;
	for (unsigned i = rule_builtin.count; i-- > 0;)
		if (!gone || strcmp(rule_builtin.rules[i].id, gone) != 0)
			rules[count++] = rule_builtin.rules[i];
	later.id = "last_of_all";
	rules[count++] = later;
	assert_true(count <= RULES_ROOM);
	return (struct rule_pack){rules, count};
}

static void core_goes_on_with_other_rules_around_the_counts(void **state)
{
	struct bench *b = *state;
	struct rule rules[RULES_ROOM];
	struct rule_pack pack = other_rules(rules, NULL);

	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	for (unsigned version = 1; version <= VERSION; version++) {
		read_saved(b, version);
		b->limits.rules = &pack;
		begin_after(b, 30 * SECOND_US);
		says_the_same(b, version);
		save(b);
		b->limits.rules = NULL;
		begin_after(b, 30 * SECOND_US);
		assert_int_equal(says_the_same(b, version), 9);
		goes_on(b);
	}
}

static void core_counts_on_for_the_rules_that_are_left(void **state)
{
	struct bench *b = *state;
	struct rule rules[RULES_ROOM];
	struct rule_pack pack = other_rules(rules, "probing");

	b->limits.rules = &pack;
	for (unsigned version = 1; version <= VERSION; version++) {
		read_saved(b, version);
		begin_after(b, 30 * SECOND_US);
		says_the_same(b, version); /* the ban and the incident keep the name of the rule that is gone */
		left_early(b, "192.0.2.8", 1030);
		fail_by(b, "192.0.2.8", 1031, "root");
		assert_int_equal(b->findings, 0);
		fail_by(b, "192.0.2.5", 1000, "root");
		assert_int_equal(told(b, "brute_force", "192.0.2.5"), 1);
	}
	b->limits.rules = NULL;
}

/* Restores each version with another count or window, and says after how many more failures the src was told of. */
static unsigned more_until_told(struct bench *b, unsigned version, int64_t away_us, const char *src)
{
	unsigned more = 0;

	read_saved(b, version);
	begin_after(b, away_us);
	assert_int_equal(b->findings, 0);
	while (!told(b, "brute_force", src) && more < 20)
		fail_by(b, src, 1000 + more++, "root");
	return more;
}

static void core_counts_what_was_under_way_by_the_rule_of_today(void **state)
{
	struct bench *b = *state;
	struct settings_rule_row *rule = &b->settings.rules[RULE_BRUTE_FORCE];
	const struct settings_rule_row was = *rule;

	for (unsigned version = 1; version <= VERSION; version++) {
		/* Four failures, two of them four and two of them two minutes old, and two that are as old. */
		*rule = was;
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.5"), 1);
		rule->count = 3;
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.5"), 1);
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.6"), 1);
		rule->count = 8;
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.5"), 4);
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.6"), 6);
		*rule = was;
		rule->window_us = MINUTE_US;
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.5"), 5);
		rule->window_us = 3 * MINUTE_US;
		assert_int_equal(more_until_told(b, version, 30 * SECOND_US, "192.0.2.5"), 3);
		/* A longer window reaches back to what was counted then; the old one would not. */
		rule->window_us = HOUR_US;
		assert_int_equal(more_until_told(b, version, 40 * MINUTE_US, "192.0.2.5"), 1);
		*rule = was;
		assert_int_equal(more_until_told(b, version, 40 * MINUTE_US, "192.0.2.5"), 5);
	}
}

static void core_uses_no_state_of_a_later_version_and_says_so(void **state)
{
	struct bench *b = *state;
	const char *why = "is of a later version of the guard";

	read_saved(b, VERSION);
	b->saved[5]++;
	struct buf crc = buf_over(b->saved + b->saved_len - 4, 4);

	buf_be32(&crc, hash_crc32c(0, b->saved, b->saved_len - 4));
	b->log_len = 0;
	restart(b, SECOND_US, true);
	assert_string_equal(core_unrestored(b->core), why);
	assert_non_null(strstr(b->log, "the saved state is of a later version of the guard and is not used"));
	assert_non_null(strstr(ask(b, "health", false), why));
	assert_null(strstr(ask(b, "bans", false), "addr="));
	/* Once it was reported, the next save is the end of it. */
	wait_us(b, HOUR_US);
	save(b);
	assert_null(core_unrestored(b->core));
	assert_null(strstr(ask(b, "health", false), why));
	b->saved[5] = 0;
	restart(b, SECOND_US, true);
	assert_string_equal(core_unrestored(b->core), "is damaged");
	read_saved(b, VERSION);
	restart(b, SECOND_US, true);
	assert_null(core_unrestored(b->core));
}

static void core_counts_values_and_sequences_by_the_rule_of_today(void **state)
{
	struct bench *b = *state;
	struct settings_rule_row *users = &b->settings.rules[RULE_ENUMERATION];
	struct settings_rule_row *breach = &b->settings.rules[RULE_BREACH];

	for (unsigned version = 1; version <= VERSION; version++)
		for (uint32_t count = 3; count <= 6; count++) {
			/* Four users that do not exist. */
			users->count = count;
			/* Four failures, and then a success. */
			breach->count = count;
			read_saved(b, version);
			begin_after(b, 30 * SECOND_US);
			for (unsigned more = 1; more <= 2; more++) {
				unknown_user(b, "192.0.2.7", 1000 + more);
				assert_int_equal(told(b, "enumeration", "192.0.2.7") > 0, 4 + more >= count);
			}
			win_by(b, "192.0.2.5", 1010, "root");
			assert_int_equal(told(b, "breach", "192.0.2.5") > 0, 4 >= count);
		}
}

/* The tags and lengths of the sections, which change when an entry is laid out otherwise. */
static unsigned shape_of(const uint8_t *saved, size_t len, uint32_t shape[64])
{
	struct view v = view_over(saved + 24, len - 28);
	unsigned count = 0;

	while (v.len && count < 64) {
		shape[count++] = view_be16(&v);
		view_be16(&v);
		shape[count] = view_be32(&v);
		view_borrow(&v, shape[count++]);
	}
	return count;
}

/* Where it fails: raise VERSION of core_snapshot.c, read the old layout there, and write a new counts-N. */
static void core_lays_its_state_out_as_its_version_did(void **state)
{
	uint32_t was[64], is[64];
	struct bench *b = *state;

	read_saved(b, VERSION);
	unsigned count = shape_of(b->saved, b->saved_len, was);

	live(b);
	assert_int_equal(b->saved[5], VERSION);
	assert_int_equal(shape_of(b->saved, b->saved_len, is), count);
	assert_memory_equal(is, was, count * sizeof(was[0]));
}

static void write_file(const char *name, const char *end, const void *data, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", name, end);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		fail_msg("cannot write %s", path);
}

static int write_as(const char *name)
{
	void *state;
	struct bench *b;
	char rows[2048];
	int len;

	setup(&state);
	b = state;
	live(b);
	len = snprintf(rows, sizeof(rows), "%s", ask(b, "bans", false));
	snprintf(rows + len, sizeof(rows) - (size_t)len, "%s", ask(b, "incidents", false));
	write_file(name, ".bin", b->saved, b->saved_len);
	write_file(name, ".txt", rows, strlen(rows));
	return teardown(&state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(core_goes_on_where_a_state_of_any_version_ended),
		TEST(core_goes_on_with_other_rules_around_the_counts),
		TEST(core_counts_on_for_the_rules_that_are_left),
		TEST(core_counts_what_was_under_way_by_the_rule_of_today),
		TEST(core_counts_values_and_sequences_by_the_rule_of_today),
		TEST(core_uses_no_state_of_a_later_version_and_says_so),
		TEST(core_lays_its_state_out_as_its_version_did),
	};

	if (getenv("SAVED_AS"))
		return write_as(getenv("SAVED_AS"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
