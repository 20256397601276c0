/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved states of other builds: older versions, and builds that have more or fewer rules. The recorded ones are in
 * tests/unit/agent/core/saved, written by the builds of their time.
 */
#include "tests/unit/agent/core/bench.h"

#include "agent/base/hash.h"
#include "agent/base/view.h"
#include "agent/common/process_sample.h"
#include "agent/rules/rule.h"
#include "agent/rules/threshold.h"
#include "agent/sensors/sensors.h"

#define RULES_TEST_MAX 24

static void read_saved(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	b->saved_len = fread(b->saved, 1, sizeof(b->saved), f);
	fclose(f);
	assert_true(b->saved_len > 100);
}

/* A core with these rules, which begins with the saved state of that moment. */
static void begin_with(struct bench *b, const struct rule_pack *pack)
{
	b->limits.rules = pack;
	b->now = (struct now){100 * SECOND_US, 1700000000 * SECOND_US};
	boot(b, 2);
	b->acts = b->findings = b->receipts = 0;
	b->log_len = 0;
	b->log[0] = '\0';
	feed(b, &(struct input){.kind = INPUT_RESTORE, .bytes = {(const char *)b->saved, b->saved_len}});
	assert_null(strstr(b->log, "damaged"));
}

static void core_reads_a_state_of_version_1(void **state)
{
	struct bench *b = *state;

	read_saved(b, "tests/unit/agent/core/saved/version-1.bin");
	begin_with(b, NULL);
	assert_non_null(strstr(ask(b, "bans", false), "addr=192.0.2.1\tstate=in_force\trule=brute_force"));
	assert_non_null(strstr(ask(b, "counters", false), "name=incidents_open\tvalue#1"));
	/* What was refused had counted then, and is not counted again. */
	fail_by(b, "192.0.2.2", 300, "alice");
	fail_by(b, "192.0.2.2", 301, "alice");
	assert_int_equal(b->acts, 0);
	fail_by(b, "192.0.2.2", 302, "alice");
	assert_int_equal(b->acts, 1);
}

/* What the build of version 3 said of its state: one ban or incident of each rule, and what it had not been answered.
 */
static const struct {
	const char *request, *addr, *rule;
} was[] = {
	{"bans", "192.0.2.1", "brute_force"},	   {"bans", "192.0.2.2", "brute_force"},
	{"bans", "192.0.2.3", "brute_force"},	   {"bans", "192.0.2.4", "probing"},
	{"bans", "192.0.2.5", "breach"},	   {"bans", "192.0.2.6", "brute_force"},
	{"bans", "192.0.2.7", "probing"},	   {"incidents", "192.0.2.1", "brute_force"},
	{"incidents", "192.0.2.2", "brute_force"}, {"incidents", "192.0.2.2", "enumeration"},
	{"incidents", "192.0.2.2", "spraying"},	   {"incidents", "192.0.2.3", "brute_force"},
	{"incidents", "192.0.2.3", "spraying"},	   {"incidents", "192.0.2.4", "probing"},
	{"incidents", "192.0.2.5", "breach"},	   {"incidents", "192.0.2.6", "brute_force"},
	{"incidents", "192.0.2.7", "probing"},
};

/* Whether a row of the reply names address and rule. */
static bool has_row(const char *reply, const char *addr, const char *rule)
{
	char wanted[2][64];

	snprintf(wanted[0], sizeof(wanted[0]), "=%s\t", addr);
	snprintf(wanted[1], sizeof(wanted[1]), "\trule=%s\t", rule);
	for (const char *at = reply, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		const char *a = strstr(at, wanted[0]), *r = strstr(at, wanted[1]);

		if (a && r && a < end && r < end)
			return true;
	}
	return false;
}

static unsigned rows_of(const char *reply, const char *kind)
{
	unsigned count = 0;

	for (const char *at = reply; (at = strstr(at, kind)) != NULL; at++)
		count += at == reply || at[-1] == '\n';
	return count;
}

/* All rows of `was` are there, except waiting bans of the rule that is `gone`; its names are the same as ever. */
static void names_are_as_they_were(struct bench *b, const char *gone)
{
	for (unsigned i = 0; i < sizeof(was) / sizeof(was[0]); i++) {
		bool waits = !strcmp(was[i].addr, "192.0.2.6") || !strcmp(was[i].addr, "192.0.2.7");
		bool lost = gone && waits && !strcmp(was[i].request, "bans") && !strcmp(was[i].rule, gone);

		assert_int_equal(has_row(ask(b, was[i].request, false), was[i].addr, was[i].rule), !lost);
	}
}

/* The bytes of a section of a saved state; of the series (tag 10) those of the series of that name. */
static struct str section(const uint8_t *saved, size_t len, uint16_t tag, const char *series)
{
	struct view v = view_over(saved + 24, len - 28);

	while (v.len) {
		uint16_t here = view_be16(&v);

		view_be16(&v);
		uint32_t bytes = view_be32(&v);
		struct view in = view_over(view_borrow(&v, bytes), bytes);

		if (here == tag && !series)
			return (struct str){(const char *)in.data, bytes};
		while (here == tag && in.len) {
			uint64_t name = view_be64(&in);
			uint32_t marks = view_be32(&in);
			const uint8_t *data = view_borrow(&in, marks);

			if (name == hash_name(series))
				return (struct str){(const char *)data, marks};
		}
	}
	return STR_NONE;
}

/* What the build of version 4 said and remembered is all there, under the same names. */
static void core_loses_nothing_of_a_state_of_version_4(void **state)
{
	static const char *const series[] = {"failures", "probes", "users", "unknown_users", "vouched"};
	static const uint16_t same[] = {1, 2, 3, 5, 6, 7, 8, 9}; /* sections that have not changed since */
	struct bench *b = *state;
	static uint8_t old[LONG];
	char line[512];

	read_saved(b, "tests/unit/agent/core/saved/version-4.bin");
	memcpy(old, b->saved, b->saved_len);
	size_t old_len = b->saved_len;
	FILE *said = fopen("tests/unit/agent/core/saved/version-4.txt", "r");

	b->settings.audit = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	b->settings.rules[RULE_BREACH].steps[2] = VERB_LOGOUT;
	begin_with(b, NULL);
	assert_non_null(said);
	while (fgets(line, sizeof(line), said)) {
		line[strcspn(line, "\n")] = '\0';
		ask(b, line[0] == 'b' ? "bans" : "incidents", false);
		assert_non_null(strstr(b->reply, line));
	}
	fclose(said);
	save(b);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct str was = section(old, old_len, same[i], NULL);

		assert_true(was.data && str_equal(was, section(b->saved, b->saved_len, same[i], NULL)));
	}
	for (uint16_t i = 0; i < 5; i++) {
		struct str was = section(old, old_len, (uint16_t)(16 + i), NULL);

		assert_true(was.len > 0 && str_equal(was, section(b->saved, b->saved_len, 10, series[i])));
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

static struct rule new_rule(const char *id)
{
	static const char *const none[] = {NULL};

	return (struct rule){
		.id = id,
		.title = "A rule of a later build",
		.author = "",
		.tags = none,
		.level = SEV_LOW,
		.classes = ATTEMPT_FAILURE,
		.series = STATE_FAILURES,
		.evaluate = never,
		.policy = {true, 5, MINUTE_US, {VERB_NONE}, 0, false},
	};
}

/* The built-in rules without `gone`, in backward order, with new ones before and between them. */
static struct rule_pack other_rules(struct rule rules[RULES_TEST_MAX], const char *gone)
{
	unsigned count = 0;

	rules[count++] = new_rule("first_of_all");
	for (unsigned i = rule_builtin.count; i-- > 0;) {
		if (gone && strcmp(rule_builtin.rules[i].id, gone) == 0)
			continue;
		rules[count++] = rule_builtin.rules[i];
		if (i == 2)
			rules[count++] = new_rule("in_between");
	}
	return (struct rule_pack){rules, count};
}

static void core_keeps_the_names_of_an_old_state_whatever_rules_it_has(void **state)
{
	struct rule rules[RULES_TEST_MAX];
	struct bench *b = *state;

	read_saved(b, "tests/unit/agent/core/saved/version-3.bin");
	begin_with(b, NULL);
	names_are_as_they_were(b, NULL);

	struct rule_pack pack = other_rules(rules, NULL);

	for (unsigned round = 0; round < 3; round++) { /* with more rules, and then as it was */
		begin_with(b, round == 1 ? NULL : &pack);
		names_are_as_they_were(b, NULL);
		assert_int_equal(rows_of(ask(b, "bans", false), "ban"), 7);
		assert_int_equal(rows_of(ask(b, "incidents", false), "incident"), 10);
		save(b);
	}
	/* The identifiers are the ones that the service knows, and what was not answered is asked in the right name. */
	assert_non_null(strstr(ask(b, "incidents", false), "id=fa8a2f9017c585df156a85992e123be1\trule=breach"));
	assert_non_null(strstr(b->reply, "id=37f174dea096ed9331ee300eb70494ad\trule=probing"));
	wait_us(b, 5 * SECOND_US);
	assert_int_equal(b->acts, 3);
	for (unsigned i = 0; i < b->acts; i++)
		assert_string_equal(b->act[i].rule, b->act[i].args.verb == VERB_RESET	? "breach"
						    : b->act[i].args.addr.bytes[3] == 6 ? "brute_force"
											: "probing");
}

static void core_names_a_rule_that_it_does_not_have_any_more(void **state)
{
	struct rule rules[RULES_TEST_MAX];
	struct rule_pack pack = other_rules(rules, "probing");
	struct bench *b = *state;

	read_saved(b, "tests/unit/agent/core/saved/version-3.bin");
	/* From the list of that time, and then from the names in today's state. */
	for (unsigned round = 0; round < 2; round++) {
		begin_with(b, &pack);
		names_are_as_they_were(b, "probing");
		assert_non_null(strstr(b->log, "1 incidents or requests of the saved state are left out: this build"));
		begin_with(b, NULL);
		save(b);
	}
	begin_with(b, &pack);
	/* Nothing adds to its incidents, so they close, under their own name. Its ban stays in force. */
	wait_us(b, MINUTE_US);
	assert_int_equal(b->findings, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(b->state[i], 3);
		assert_string_equal(b->rule[i], "probing");
	}
	assert_true(has_row(ask(b, "bans", false), "192.0.2.4", "probing"));
	save(b);
	begin_with(b, &pack);
	assert_true(has_row(ask(b, "bans", false), "192.0.2.4", "probing"));
	save(b);
	begin_with(b, NULL); /* and the rule comes back */
	assert_true(has_row(ask(b, "bans", false), "192.0.2.4", "probing"));
}

static uint32_t always(struct state *state, const struct rule *rule, const struct settings_rule_row *policy,
		       const struct state_event *event)
{
	(void)state;
	(void)rule;
	(void)policy;
	return event->weight;
}

/* Rules about other subjects than srcs, behind or before the built-in ones and each other. */
static struct rule_pack subject_rules(struct rule rules[RULES_TEST_MAX], bool turned)
{
	struct rule about[4] = {new_rule("guessed_account"), new_rule("guessed_device"), new_rule("bad_program"),
				new_rule("bad_file")};
	unsigned count = 0;

	about[0].subject = SUBJECT_ACCOUNT;
	about[1].subject = SUBJECT_DEVICE;
	about[0].evaluate = about[1].evaluate = threshold_evaluate;
	about[0].policy.steps[0] = VERB_LOCK;
	about[1].policy.steps[0] = VERB_BAN;
	about[1].policy.count = 8;
	for (unsigned i = 2; i < 4; i++) {
		about[i].kind = EVENT_PROCESS;
		about[i].classes = 0;
		about[i].evaluate = always;
		about[i].field = "image";
		about[i].value = "/tmp/x";
	}
	about[2].subject = SUBJECT_PROCESS;
	about[3].subject = SUBJECT_FILE;
	for (unsigned i = 0; turned && i < 4; i++)
		rules[count++] = about[3 - i];
	for (unsigned i = 0; i < rule_builtin.count; i++)
		rules[count++] = rule_builtin.rules[i];
	for (unsigned i = 0; !turned && i < 4; i++)
		rules[count++] = about[i];
	return (struct rule_pack){rules, count};
}

/* A process begins to run /tmp/x. */
static void run(struct bench *b, uint32_t pid)
{
	struct process_sample sample = {
		.version = PROCESS_SAMPLE_VERSION,
		.kind = PROCESS_SAMPLE_EXEC,
		.source = PROCESS_SOURCE_BPF,
		.flags = PROCESS_SAMPLE_IDS,
		.pid = pid,
	};
	char bytes[sizeof(sample) + 12];

	sample.uid = sample.euid = sample.loginuid = 1000;
	sample.exe_len = 6;
	sample.args_len = 6;
	memcpy(bytes, &sample, sizeof(sample));
	memcpy(bytes + sizeof(sample), "/tmp/x/tmp/x", 12);
	feed(b,
	     &(struct input){.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_PROCESS, .bytes = {bytes, sizeof(bytes)}});
}

static const struct {
	const char *rule, *about, *subject, *src;
} subjects[] = {
	{"guessed_account", "account", "alice", ""},
	{"guessed_device", "device", "", ""},
	{"brute_force", "src", "192.0.2.1", "192.0.2.1"},
	{"bad_program", "process", "/tmp/x[4711]", ""},
	{"bad_file", "file", "/tmp/x", ""},
};

static void subjects_are_told(struct bench *b)
{
	size_t count = IS_ENABLED(CONFIG_SENSOR_PROCESS) ? 4 : 3; /* the last one is part of the one before it */

	ask(b, "incidents", false);
	assert_int_equal(rows_of(b->reply, "incident"), count);
	assert_int_equal(strstr(b->reply, "\trules#2\t") != NULL, count == 4);
	for (size_t i = 0; i < count; i++) {
		char rule[64], subject[128];
		const char *row, *end;

		snprintf(rule, sizeof(rule), "\trule=%s\t", subjects[i].rule);
		snprintf(subject, sizeof(subject), "\tsubject_kind=%s\tsubject=%s\t", subjects[i].about,
			 subjects[i].subject);
		row = strstr(b->reply, rule);
		assert_non_null(row);
		end = strchr(row, '\n');
		assert_true(strstr(row, subject) && strstr(row, subject) < end);
		snprintf(subject, sizeof(subject), "\tsrc=%s\t", subjects[i].src);
		assert_true(strstr(row, subject) && strstr(row, subject) < end);
	}
}

static void findings_are_about(const struct bench *b)
{
	for (size_t i = 0; i < (IS_ENABLED(CONFIG_SENSOR_PROCESS) ? 5 : 3); i++) {
		bool by_src = subjects[i].src[0], found = false;
		char about[128];

		snprintf(about, sizeof(about), "%s|%s|%s", subjects[i].src, by_src ? "" : subjects[i].about,
			 by_src ? "" : subjects[i].subject);
		for (unsigned n = 0; n < b->findings; n++)
			found |= !strcmp(b->rule[n], subjects[i].rule) && !strcmp(b->about[n], about);
		assert_true(found);
	}
}

static void core_keeps_incidents_of_every_subject_whatever_rules_it_has(void **state)
{
	struct rule rules[2][RULES_TEST_MAX];
	struct rule_pack pack = subject_rules(rules[0], false), turned = subject_rules(rules[1], true);
	struct bench *b = *state;
	char addr[16];

	b->limits.rules = &pack;
	b->settings.trust_logs = true;
	boot(b, 1);
	/* One guess from each of five addresses at one account, and then five from one address. */
	for (unsigned i = 0; i < 5; i++) {
		snprintf(addr, sizeof(addr), "192.0.2.%u", 10 + i);
		fail_by(b, addr, 100 + i, "alice");
	}
	for (unsigned i = 0; i < 5; i++)
		fail_by(b, "192.0.2.1", 110 + i, i < 2 ? "ann" : "ben");
	run(b, 4711);
	subjects_are_told(b);
	assert_non_null(strstr(b->log, "guessed_account: account alice, 5 attempts on sshd, last user 'alice'"));
	assert_non_null(strstr(b->log, "ban refused: not banned: no address is known of the incident's device"));
	assert_int_equal(b->acts, 2);
	assert_int_equal(b->act[0].args.verb, VERB_LOCK);
	assert_string_equal(b->act[0].args.account, "alice");
	assert_int_equal(b->act[1].args.verb, VERB_BAN);
	findings_are_about(b);
	for (unsigned round = 0; round < 2; round++) {
		save(b);
		begin_with(b, round ? &pack : &turned);
		subjects_are_told(b);
	}
	/* It goes on with the open ones, which are told of as they are, and later at once when they grow. */
	wait_us(b, 40 * SECOND_US);
	unsigned findings = b->findings;

	fail_by(b, "192.0.2.20", 200, "alice");
	run(b, 4711);
	assert_int_equal(b->findings, findings + (IS_ENABLED(CONFIG_SENSOR_PROCESS) ? 4u : 2u));
	for (unsigned i = findings; i < b->findings; i++)
		assert_int_equal(b->state[i], 2);
	save(b);
	begin_with(b, NULL); /* and without any of the rules they have their names still */
	subjects_are_told(b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(core_reads_a_state_of_version_1),
		TEST(core_loses_nothing_of_a_state_of_version_4),
		TEST(core_keeps_the_names_of_an_old_state_whatever_rules_it_has),
		TEST(core_keeps_incidents_of_every_subject_whatever_rules_it_has),
		TEST(core_names_a_rule_that_it_does_not_have_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
