/* SPDX-License-Identifier: Apache-2.0 */
/* The core with a pack of rules: what it finds becomes incidents, and a new pack has to prove itself. */
#include "agent/core/decision.h"
#include "agent/incident/incident.h"
#include "agent/sigma/glob.h"
#include "proto/pack_write.h"
#include "server-stub/sigma/expression.h"
#include "tests/unit/agent/core/bench.h"

static uint8_t bytes[8192];

/* A pack of one rule about events of the category whose field the pattern fits. */
static struct str pack_with(const char *category, const char *field, const char *id, const struct pack_pattern *pattern)
{
	void *memory = calloc(1, PACK_WRITER_BYTES);
	struct buf out = buf_over(bytes, sizeof(bytes));
	struct pack_rule r = {.category = str_from(category), .product = STR("linux")};
	struct pack_writer w;

	pack_write_init(&w, memory);
	uint16_t number = pack_write_field(&w, str_from(field));

	pack_write_pattern(&w, pattern);
	pack_write_matcher(&w, &(struct pack_matcher){number, 0, 1});
	pack_write_node(&w, PACK_MATCH, 0);
	r.about = (struct pack_about){.id = str_from(id), .title = STR("A title"), .author = STR("Somebody")};
	r.about.tags = STR("attack.t1190\nattack.initial-access");
	r.about.level = PACK_HIGH;
	pack_write_rule(&w, &r);
	assert_int_equal(pack_write(&w, str_from(id), 1, &out), ERR_OK);
	free(memory);
	return buf_str(&out);
}

static struct str pack_about(const char *category, const char *field, const char *id, const char *text)
{
	return pack_with(category, field, id, &(struct pack_pattern){PACK_CONTAINS, 0, 0, str_from(text)});
}

/* The same about log-ins, for user names. */
static struct str pack_of(const char *id, const char *text)
{
	return pack_about("auth", "TargetUserName", id, text);
}

static void load(struct bench *b, struct str pack)
{
	feed(b, &(struct input){.kind = INPUT_PACK, .bytes = pack, .about = "the installed pack"});
}

/* Failures from many addresses, so that no built-in rule fires. */
static void failures(struct bench *b, unsigned count, const char *user)
{
	char addr[32];

	for (unsigned i = 0; i < count; i++) {
		snprintf(addr, sizeof(addr), "198.51.%u.%u", 1 + i / 200, 1 + i % 200);
		fail_by(b, addr, 1000 + i, user);
	}
}

static void a_match_opens_an_incident_about_the_src(void **state)
{
	struct bench *b = *state;

	load(b, pack_of("rule-a", "jndi"));
	failures(b, 1, "alice");
	assert_int_equal(b->findings, 0);
	failures(b, 1, "${jndi:x}");
	assert_int_equal(b->findings, 1);
	assert_string_equal(b->rule[0], "rule-a");
	assert_string_equal(b->about[0], "198.51.1.1||");
	assert_int_equal(b->acts, 0);
	ask(b, "rules", false);
	assert_non_null(strstr(b->reply, "rule-a"));
}

/* Ask for one incident, by the first digits of its identifier. */
static void ask_about(struct bench *b, const uint8_t id[16])
{
	char request[64];

	snprintf(request, sizeof(request), "incidents %02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
	ask(b, request, false);
}

static void a_storm_is_one_incident_with_a_count(void **state)
{
	struct bench *b = *state;

	load(b, pack_of("rule-a", "jndi"));
	for (unsigned i = 0; i < 50; i++)
		fail_by(b, "198.51.100.7", 1000 + i, "${jndi:x}");
	assert_int_equal(b->findings, 2); /* brute_force's, and this one */
	/* Of one address, so the two are one incident, of which each rule has its part. */
	ask_about(b, b->incident[1]);
	const char *rule = strstr(b->reply, "\trule=rule-a\t"), *row = rule;

	assert_non_null(rule);
	while (row[-1] != '\n')
		row--;
	assert_true(strstr(row, "\tcount#50\t") < rule);
	assert_memory_equal(b->incident[0], b->incident[1], 16);
}

static void a_damaged_pack_is_told_of_and_the_one_in_use_stays(void **state)
{
	struct bench *b = *state;

	load(b, pack_of("rule-a", "jndi"));
	struct str pack = pack_of("rule-b", "root");

	pack.len--;
	load(b, pack);
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "the installed pack is not used: it"));
	failures(b, 1, "${jndi:x}");
	assert_int_equal(b->findings, 1);
	assert_string_equal(b->rule[0], "rule-a");
}

static void a_pack_that_finds_far_too_much_is_taken_back(void **state)
{
	struct bench *b = *state;

	load(b, pack_of("rule-a", "jndi"));
	failures(b, 3, "alice");
	load(b, pack_of("rule-b", "ali"));
	failures(b, 101, "alice");
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "it finds far more than this device had before"));
	unsigned before = b->findings;

	wait_us(b, SECOND_US);
	failures(b, 1, "alice2");
	assert_int_equal(b->findings, before);
	failures(b, 1, "${jndi:x}");
	assert_string_equal(b->rule[(b->findings - 1) % KEPT], "rule-a");
}

static void load_and_lose(struct bench *b, const struct pack_pattern *dear)
{
	char name[241];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	load(b, pack_with("auth", "TargetUserName", "rule-b", dear));
	ask(b, "rules", false);
	assert_non_null(strstr(b->reply, "rule-b"));
	failures(b, 3, "alice");
	ask(b, "rules", false);
	assert_non_null(strstr(b->reply, "rule-b"));
	failures(b, 200, name);
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "its patterns take far more time than those of the pack before it"));
	ask(b, "rules", false);
	assert_non_null(strstr(b->reply, "rule-a"));
}

/* One whose pattern finds nothing in names of 240 times the same letter, and takes its time; and when it comes again.
 */
static void is_taken_back_for_its_time(struct bench *b, const struct pack_pattern *dear)
{
	load(b, pack_of("rule-a", "jndi"));
	failures(b, 3, "bob");
	load_and_lose(b, dear);
	load_and_lose(b, dear);
}

static void a_pack_whose_expressions_are_dear_is_taken_back(void **state)
{
	char program[7000], why[EXPRESSION_WHY_MAX];
	struct buf out = buf_over(program, sizeof(program));

	assert_int_equal(expression_compile(&out, STR("(a{1,20}){20}b"), 0, why), ERR_OK);
	is_taken_back_for_its_time(*state, &(struct pack_pattern){PACK_REGEX, 0, 0, buf_str(&out)});
}

/* "*?????...b": at each place all of it is tried. */
static void a_pack_whose_wildcards_are_dear_is_taken_back(void **state)
{
	char glob[240];

	memset(glob, GLOB_ONE, sizeof(glob));
	glob[0] = GLOB_ANY;
	memcpy(glob + sizeof(glob) - 4, (char[]){GLOB_BYTES, 0, 1, 'b'}, 4);
	is_taken_back_for_its_time(*state, &(struct pack_pattern){PACK_GLOB, 0, 0, {glob, sizeof(glob)}});
}

static void an_incident_of_a_pack_outlives_a_restart(void **state)
{
	struct bench *b = *state;

	load(b, pack_of("rule-a", "jndi"));
	failures(b, 1, "${jndi:x}");
	save(b);
	restart(b, SECOND_US, false);
	load(b, pack_of("rule-a", "jndi"));
	wait_us(b, MINUTE_US);
	ask(b, "incidents", false);
	assert_non_null(strstr(b->reply, "rule-a"));
	b->findings = 0;
	wait_us(b, 30 * MINUTE_US);
	assert_int_equal(b->findings, 1);
	assert_int_equal(b->state[0], INCIDENT_CLOSED);
}

static void rules_whose_sensor_is_off_are_said_to_have_none(void **state)
{
	static const char *const categories[] = {"process_creation", "network_connection", "listener", "file_event",
						 "account",	     "exposure",	   "packet",   "session"};
	struct bench *b = *state;

	b->settings.process = b->settings.network = b->settings.file_watch = b->settings.exposure = false;
	b->settings.firewall = b->settings.sessions = false;
	for (unsigned on = 0; on < 2; on++) {
		restart(b, SECOND_US, false);
		for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
			load(b, pack_about(categories[i], "name", "rule-a", "x"));
			ask(b, "rules", false);
			assert_true((strstr(b->reply, "no sensor") == NULL) == on);
		}
		b->settings.process = b->settings.network = b->settings.file_watch = b->settings.exposure = true;
		b->settings.firewall = b->settings.sessions = true;
	}
}

struct alerts {
	unsigned count, events;
	char rule[64];
};

static void hear(void *owner, const struct decision *d)
{
	struct alerts *a = owner;

	if (d->kind != DECISION_ALERT)
		return;
	assert_non_null(d->event);
	a->count++;
	a->events += d->count;
	str_show(d->about->id, a->rule, sizeof(a->rule));
	assert_non_null(strstr(d->why, "contains"));
}

/* Whatever its incident makes of them, and whether or not its sensor is on. */
static void a_listener_hears_of_each_match(void **state)
{
	struct bench *b = *state;
	struct alerts alerts = {.count = 0};
	const struct decision_listener listener = {hear, &alerts};
	const struct input from = {.source = CORE_SOURCE_SYSLOG};
	struct event e = {.kind = EVENT_PROCESS, .count = 2, .process = {.image = STR("/bin/nc")}};

	core_listen(b->core, &listener);
	core_sense_all(b->core);
	load(b, pack_about("process_creation", "Image", "rule-nc", "/nc"));
	core_recorded(b->core, &from, &e, b->now);
	take(b);
	core_recorded(b->core, &from, &e, b->now);
	take(b);
	assert_int_equal(alerts.count, 2);
	assert_int_equal(alerts.events, 4);
	assert_string_equal(alerts.rule, "rule-nc");
	assert_int_equal(b->findings, 1);
	e.process.image = STR("/bin/cat");
	core_recorded(b->core, &from, &e, b->now);
	take(b);
	assert_int_equal(alerts.count, 2);
}

/* Who starts a program again has another process to be ended, however soon after the first. */
static void each_process_of_a_program_is_killed(void **state)
{
	struct bench *b = *state;
	const struct input from = {.source = CORE_SOURCE_SYSLOG};
	struct event e = {.kind = EVENT_PROCESS, .count = 1, .process = {.image = STR("/bin/nc")}};
	static const unsigned pids[] = {100, 100, 101};

	b->settings.pack_rules[0] = (struct settings_pack_rule){"rule-nc", {true, 1, .steps = {VERB_KILL}}};
	b->settings.pack_rule_count = 1;
	core_sense_all(b->core);
	load(b, pack_about("process_creation", "Image", "rule-nc", "/nc"));
	for (unsigned i = 0; i < 3; i++) {
		e.process.pid = pids[i];
		core_recorded(b->core, &from, &e, b->now);
		take(b);
	}
	assert_int_equal(b->acts, 2);
	assert_int_equal(b->act[0].args.pid, 100);
	assert_int_equal(b->act[1].args.pid, 101);
}

/* As a decoder made it: five of them are a brute force. */
static void a_recorded_log_in_counts_as_an_attempt(void **state)
{
	struct bench *b = *state;
	const struct input from = {.source = CORE_SOURCE_SYSLOG};
	struct event e = {.kind = EVENT_AUTH, .count = 1, .auth = {.service = SERVICE_SSHD, .outcome = AUTH_FAILURE}};

	e.auth.user = STR("alice");
	assert_int_equal(addr_parse(STR("198.51.100.7"), &e.auth.src), ERR_OK);
	for (unsigned i = 0; i < 5; i++) {
		e.auth.pid = 100 + i;
		core_recorded(b->core, &from, &e, b->now);
		take(b);
	}
	assert_int_equal(b->findings, 1);
	assert_string_equal(b->rule[0], "brute_force");
	assert_int_equal(b->acts, 1);
}

static void without_rules_enabled_a_pack_is_not_used(void **state)
{
	struct bench *b = *state;

	b->settings.pack = false;
	load(b, pack_of("rule-a", "jndi"));
	failures(b, 1, "${jndi:x}");
	assert_int_equal(b->findings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_match_opens_an_incident_about_the_src, setup, teardown),
		cmocka_unit_test_setup_teardown(a_storm_is_one_incident_with_a_count, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_pack_is_told_of_and_the_one_in_use_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_that_finds_far_too_much_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_whose_wildcards_are_dear_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_whose_expressions_are_dear_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(an_incident_of_a_pack_outlives_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(rules_whose_sensor_is_off_are_said_to_have_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_listener_hears_of_each_match, setup, teardown),
		cmocka_unit_test_setup_teardown(each_process_of_a_program_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_recorded_log_in_counts_as_an_attempt, setup, teardown),
		cmocka_unit_test_setup_teardown(without_rules_enabled_a_pack_is_not_used, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
