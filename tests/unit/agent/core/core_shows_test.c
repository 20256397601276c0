/* SPDX-License-Identifier: Apache-2.0 */
/* What the core shows of effects in force and of its sensors' tables, and what it tells a listener of its decisions. */
#include "tests/unit/agent/core/bench.h"

#include "agent/common/socket_sample.h"
#include "agent/core/decision.h"
#include "agent/event/connection.h"
#include "agent/sensors/sensors.h"

#define FORCE_MAX 32 /* effects shown, as many as the actor keeps */

static void effect_told(struct bench *b, struct verb_args args, uint8_t origin, int64_t lasts_us, bool gone)
{
	struct actor_effect e = {
		.args = args,
		.origin = origin,
		.gone = gone,
		.expires_mono_us = lasts_us == INT64_MAX ? lasts_us : b->now.mono_us + lasts_us,
	};

	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &e});
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

static struct verb_args account(uint16_t verb, const char *name)
{
	struct verb_args args = {.verb = verb};

	snprintf(args.account, sizeof(args.account), "%s", name);
	return args;
}

static void core_shows_each_effect_in_force_once(void **state)
{
	struct bench *b = *state;

	effect_told(b, account(VERB_LOCK, "alice"), ORIGIN_RULE, 600 * SECOND_US, false);
	effect_told(b, account(VERB_LOCK, "bob"), ORIGIN_ORDER, INT64_MAX, false);
	effect_told(b, (struct verb_args){.verb = VERB_ISOLATE}, ORIGIN_ORDER, 60 * SECOND_US, false);
	/* The same one, for longer. */
	effect_told(b, account(VERB_LOCK, "alice"), ORIGIN_RULE, 900 * SECOND_US, false);
	ask(b, "effects", false);
	assert_int_equal(count(b->reply, "effect"), 3);
	assert_non_null(strstr(b->reply, "alice"));
	assert_non_null(strstr(b->reply, "expires@1700000900000000"));
	assert_null(strstr(b->reply, "1700000600"));
	/* One has no end. */
	assert_int_equal(count(b->reply, "expires@1700000"), 2);
	assert_int_equal(count(b->reply, "expires@0"), 1);
	assert_int_equal(count(b->reply, "\"order\""), count(b->reply, "\"rule\"") == 0 ? 0 : 2);
}

static void core_forgets_what_is_no_longer_in_force(void **state)
{
	struct bench *b = *state;

	effect_told(b, account(VERB_LOCK, "alice"), ORIGIN_RULE, 600 * SECOND_US, false);
	effect_told(b, account(VERB_LOCK, "bob"), ORIGIN_RULE, 600 * SECOND_US, false);
	effect_told(b, account(VERB_LOCK, "alice"), ORIGIN_RULE, 0, true);
	/* One that it did not know. */
	effect_told(b, account(VERB_LOCK, "carol"), ORIGIN_RULE, 0, true);
	ask(b, "effects", false);
	assert_null(strstr(b->reply, "alice"));
	assert_null(strstr(b->reply, "carol"));
	assert_non_null(strstr(b->reply, "bob"));
}

static void core_shows_as_many_effects_as_the_actor_keeps(void **state)
{
	struct bench *b = *state;
	char name[16];

	for (unsigned i = 0; i < FORCE_MAX + 3; i++) {
		snprintf(name, sizeof(name), "user%02u", i);
		effect_told(b, account(VERB_LOCK, name), ORIGIN_RULE, 600 * SECOND_US, false);
	}
	ask(b, "effects", false);
	assert_non_null(strstr(b->reply, "user31"));
	assert_null(strstr(b->reply, "user32"));
}

/* -- tables -- */

static void sample(struct bench *b, uint8_t kind, uint64_t cookie, uint16_t port)
{
	struct socket_sample s = {.version = SOCKET_SAMPLE_VERSION,
				  .kind = kind,
				  .protocol = CONNECTION_TCP,
				  .family = 4,
				  .cookie = cookie,
				  .local_port = port};

	b->settings.network = true;
	feed(b, &(struct input){
			.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_SOCKET, .bytes = {(const char *)&s, sizeof(s)}});
}

static void core_shows_the_tables_of_its_sensors(void **state)
{
	struct bench *b = *state;

	sample(b, SOCKET_SAMPLE_LISTENS, 7, 4242);
	sample(b, SOCKET_SAMPLE_LISTENS, 8, 4243);
	sample(b, SOCKET_SAMPLE_CLOSED, 8, 4243);
	ask(b, "table listeners", false);
	assert_non_null(strstr(b->reply, "4242"));
	assert_null(strstr(b->reply, "4243"));
	ask(b, "table connections", false);
	assert_null(strstr(b->reply, "4242"));
	assert_non_null(strstr(b->reply, "ok"));
}

static void core_gives_a_long_table_in_pieces(void **state)
{
	struct bench *b = *state;
	char port[16];

	for (unsigned i = 0; i < 100; i++)
		sample(b, SOCKET_SAMPLE_LISTENS, 100 + i, (uint16_t)(20000 + i));
	ask(b, "table listeners", false);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(port, sizeof(port), "%u", 20000 + i);
		assert_int_equal(count(b->reply, port), 1);
	}
}

static void core_names_its_tables_to_who_asks_for_another(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 2; i++) {
		ask(b, i ? "table" : "table chairs", false);
		assert_non_null(strstr(b->reply, "this guard's tables are: "));
		assert_non_null(strstr(b->reply, "listeners"));
		assert_non_null(strstr(b->reply, "processes"));
	}
}

static void core_says_which_sensor_is_off(void **state)
{
	struct bench *b = *state;

	b->settings.network = b->settings.process = false;
	ask(b, "table connections", false);
	assert_non_null(strstr(b->reply, "set enabled = yes in [network]"));
	ask(b, "table processes", false);
	assert_non_null(strstr(b->reply, "set enabled = yes in [process]"));
}

static void core_counts_damaged_samples_and_goes_on(void **state)
{
	struct bench *b = *state;

	feed(b, &(struct input){.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_SOCKET, .bytes = STR("no sample")});
	sample(b, SOCKET_SAMPLE_LISTENS, 7, 4242);
	ask(b, "table listeners", false);
	assert_non_null(strstr(b->reply, "4242"));
}

/* -- decisions -- */

struct heard {
	unsigned count[DECISION_IGNORED + 1];
	uint32_t attempts, cancelled;
	char why[4096];
};

static void hear(void *owner, const struct decision *d)
{
	struct heard *h = owner;
	size_t len = strlen(h->why);

	assert_non_null(d->why);
	h->count[d->kind]++;
	h->attempts += d->kind == DECISION_ATTEMPT ? d->count : 0;
	h->cancelled += d->kind == DECISION_CANCELLED ? d->count : 0;
	assert_int_equal(d->kind == DECISION_STEP, d->act != NULL);
	if (d->kind == DECISION_FINDING || d->kind == DECISION_STEP)
		assert_non_null(d->rule);
	snprintf(h->why + len, sizeof(h->why) - len, "%s\n", d->why);
}

static struct heard *listen_to(struct bench *b)
{
	static struct heard heard;
	static struct decision_listener listener = {hear, &heard};

	memset(&heard, 0, sizeof(heard));
	core_listen(b->core, &listener);
	return &heard;
}

static void listener_hears_attempts_the_finding_and_the_step(void **state)
{
	struct bench *b = *state;
	struct heard *h = listen_to(b);

	brute_force(b, "198.51.100.7");
	assert_int_equal(h->count[DECISION_ATTEMPT], 5);
	assert_int_equal(h->attempts, 5);
	assert_int_equal(h->count[DECISION_FINDING], 1);
	assert_int_equal(h->count[DECISION_STEP], 1);
	assert_int_equal(b->acts, 1);
	win_by(b, "203.0.113.9", 7, "alice");
	assert_int_equal(h->count[DECISION_ATTEMPT], 6);
}

static void pam(struct bench *b, unsigned pid, const char *module, const char *what)
{
	line(b,
	     "sshd[%u]: %s(sshd:auth): authentication %s; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.7  "
	     "user=alice",
	     pid, module, what);
}

static void listener_hears_that_a_log_in_cancels_a_refusal(void **state)
{
	struct bench *b = *state;
	struct heard *h = listen_to(b);

	pam(b, 9, "pam_unix", "failure");
	assert_int_equal(h->attempts, 1);
	assert_non_null(strstr(h->why, "a module refused it; it counts unless another one accepts"));
	pam(b, 9, "pam_sss", "success");
	win_by(b, "198.51.100.7", 9, "alice");
	assert_int_equal(h->count[DECISION_CANCELLED], 1);
	assert_int_equal(h->cancelled, 1);
	assert_non_null(strstr(h->why, "what one module refused, another accepted"));
	assert_int_equal(h->count[DECISION_FINDING], 0);
}

static void listener_hears_why_a_trace_counts_for_nothing(void **state)
{
	struct bench *b = *state;
	struct heard *h = listen_to(b);

	pam(b, 9, "pam_unix", "failure");
	fail_by(b, "198.51.100.7", 9, "alice");
	assert_non_null(strstr(h->why, "it confirms an attempt that a module had refused"));
	assert_int_equal(h->attempts, 1);
	fail_by(b, "198.51.100.8", 10, "bob");
	line(b, "sshd[10]: Connection closed by authenticating user bob 198.51.100.8 port 4000 [preauth]");
	assert_non_null(strstr(h->why, "one more trace of an attempt that counts already"));
	line(b, "su[77]: FAILED SU (to root) alice on pts/0");
	assert_non_null(strstr(h->why, "nobody to count it for: no line has named an address"));
	assert_int_equal(h->attempts, 2);
	/* Nobody listens any more. */
	core_listen(b->core, NULL);
	brute_force(b, "203.0.113.5");
	assert_int_equal(h->attempts, 2);
}

static void listener_hears_of_steps_that_policy_refuses(void **state)
{
	struct bench *b = *state;
	struct heard *h = listen_to(b);

	b->settings.never_ban[0] = (struct addr){4, 24, {198, 51, 100}};
	b->settings.never_ban_count = 1;
	brute_force(b, "198.51.100.7");
	assert_int_equal(b->acts, 0);
	assert_int_equal(h->count[DECISION_STEP], 0);
	assert_int_not_equal(h->count[DECISION_IGNORED], 0);
}

/* -- health -- */

static void core_says_why_trust_and_locks_fail(void **state)
{
	struct bench *b = *state;
	struct actor_health all = {.accounts = ERR_DENIED, .trust_refused = ERR_UNTRUSTED, .trust_version = 4};

	memcpy(all.trust_why, "nobody signed", 13);
	b->settings.rules[RULE_BREACH].steps[1] = VERB_LOCK;
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "a trust bundle was refused: nobody signed"));
	assert_non_null(strstr(b->reply, "accounts cannot be locked: permission denied"));
	/* Another reason is news. */
	all.trust_why[0] = 'N';
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "Nobody signed"));
}

static void core_says_what_the_log_of_packets_lacks_and_what_sees_instead(void **state)
{
	struct bench *b = *state;
	struct actor_health all = {.packets = ERR_UNSUPPORTED, .lacks = ACTOR_LACKS_SOCKET};

	b->settings.decoy_count = 0;
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	ask(b, "health", false);
	assert_non_null(
		strstr(b->reply, "scans, are not seen: the kernel has no nft_socket; a decoy of [firewall] would be"));
	b->settings.decoy_count = 1;
	all.lacks = ACTOR_LACKS_LOG;
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "no nft_log and nfnetlink_log; connections to decoys are"));
	all.lacks = ACTOR_LACKS; /* of another build */
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "scans, are not seen: not supported"));
	all.packets = ERR_OK;
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	ask(b, "health", false);
	assert_null(strstr(b->reply, "scans, are not seen"));
}

static void core_says_how_many_decided_steps_found_no_room(void **state)
{
	struct bench *b = *state;
	char addr[32];

	b->limits.bans_max = 8;
	b->settings.bans_per_minute = 1;
	boot(b, 3);
	for (unsigned i = 0; i < 12; i++) {
		snprintf(addr, sizeof(addr), "198.51.100.%u", i + 1);
		brute_force(b, addr);
	}
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "decided steps found no room (8 bans"));
	assert_non_null(strstr(b->reply, "bans wait: "));
	/* It is said for a day or so, not for ever. */
	wait_us(b, 8 * 24 * HOUR_US);
	ask(b, "health", false);
	assert_null(strstr(b->reply, "decided steps found no room"));
}

static void core_takes_each_word_of_the_actor_as_news(void **state)
{
	struct bench *b = *state;
	struct actor_health all = {.firewall = ERR_OK};
	unsigned healths;

	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
	for (unsigned i = 0; i < 3; i++) {
		wait_us(b, HOUR_US);
		healths = b->healths;
		all.trust_version += i == 0;
		all.effects_lost += i == 1;
		if (i == 2)
			snprintf(all.hosts_why, sizeof(all.hosts_why), "the service's name does not resolve");
		feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &all});
		wait_us(b, MINUTE_US);
		assert_int_equal(b->healths, healths + 1);
	}
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "the service's name does not resolve"));
}

static void core_tells_the_service_its_mode_and_when_it_heard_each_source(void **state)
{
	static const uint8_t digest[32];
	struct bench *b = *state;
	struct core_shell_health shell = {.settings_digest = digest};
	char want[256];

	b->settings.mode = MODE_OBSERVE;
	b->settings.journal = true;
	b->settings.file_count = 2;
	snprintf(b->settings.files[0], sizeof(b->settings.files[0]), "/var/log/auth.log");
	snprintf(b->settings.files[1], sizeof(b->settings.files[1]), "/var/log/quiet.log");
	boot(b, 5);
	feed(b, &(struct input){.kind = INPUT_SHELL, .shell = &shell});
	wait_us(b, SECOND_US);
	assert_string_equal(b->health, "observe 32 /var/log/auth.log 0 /var/log/quiet.log 0 journal 0");
	line(b, "Nov 14 22:13:20 host sshd[7]: Server listening on :: port 22.");
	snprintf(want, sizeof(want), "observe 32 /var/log/auth.log %lld /var/log/quiet.log 0 journal 0",
		 (long long)(b->now.wall_us / SECOND_US));
	wait_us(b, HOUR_US);
	assert_string_equal(b->health, want);
}

/* -- status, and heads -- */

static void core_names_what_it_reads(void **state)
{
	struct bench *b = *state;

	b->settings.journal = b->settings.audit = true;
	snprintf(b->settings.syslog_socket, sizeof(b->settings.syslog_socket), "/run/log.socket");
	ask(b, "status", false);
	assert_non_null(strstr(b->reply, "journal /run/log.socket audit"));
	b->settings.journal = b->settings.audit = false;
	b->settings.syslog_socket[0] = '\0';
	snprintf(b->settings.files[0], sizeof(b->settings.files[0]), "/var/log/auth.log");
	b->settings.file_count = 1;
	ask(b, "status", false);
	assert_non_null(strstr(b->reply, "/var/log/auth.log"));
	assert_null(strstr(b->reply, "journal"));
	assert_null(strstr(b->reply, "audit"));
}

/* -- what no core can read -- */

static void a_skipped_line_is_an_incident_of_the_device(void **state)
{
	struct bench *b = *state;

	snprintf(b->settings.files[0], sizeof(b->settings.files[0]), "/var/log/auth.log");
	b->settings.file_count = 1;
	boot(b, 5);
	feed(b, &(struct input){.kind = INPUT_SKIPPED, .source = 0});
	assert_int_equal(b->findings, 1);
	assert_string_equal(b->rule[0], "line_skipped");
	assert_string_equal(b->about[0], "|device|");
	assert_int_equal(b->state[0], CALTROP__V1__FINDING__STATE__OPENED);
	assert_int_equal(b->acts, 0);
	assert_non_null(strstr(ask(b, "incidents", false), "line_skipped"));
	/* The next ones are of the same incident, whatever they come from, and a source that there is not does no harm.
	 */
	feed(b, &(struct input){.kind = INPUT_SKIPPED, .source = CORE_SOURCE_JOURNAL});
	feed(b, &(struct input){.kind = INPUT_SKIPPED, .source = UINT16_MAX});
	feed(b, &(struct input){.kind = INPUT_SKIPPED, .about = "a sample of a sensor"});
	wait_us(b, MINUTE_US);
	for (unsigned i = 1; i < b->findings; i++)
		assert_memory_equal(b->incident[i], b->incident[0], 16);
	/* A core that starts anew has it still. */
	save(b);
	restart(b, SECOND_US, false);
	assert_non_null(strstr(ask(b, "incidents", false), "line_skipped"));
}

static void core_records_a_head_of_any_content(void **state)
{
	struct bench *b = *state;
	struct actor_head head = {.seq = 7, .signature_len = sizeof(head.signature), .key.len = KEY_DER_MAX};
	unsigned records = b->records;

	feed(b, &(struct input){.kind = INPUT_CHAIN_HEAD, .chain_head = &head});
	assert_int_equal(b->records, records + 1);
	/* Longer than there is room: none, rather than what lies behind. */
	head.signature_len = UINT16_MAX;
	head.key.len = UINT16_MAX;
	feed(b, &(struct input){.kind = INPUT_CHAIN_HEAD, .chain_head = &head});
	assert_int_equal(b->records, records + 2);
}

static void listener_hears_of_clients_that_come_and_go(void **state)
{
	struct bench *b = *state;
	struct heard *h = listen_to(b);

	line(b, "sshd[7]: Connection closed by 198.51.100.7 port 4000 [preauth]");
	line(b, "sshd[7]: Disconnected from 198.51.100.7 port 4000 [preauth]");
	line(b, "sshd[9]: Bad packet length 1349676916. [preauth]");
	line(b, "sshd[9]: Connection closed by 198.51.100.8 port 4002 [preauth]");
	line(b, "sshd[9]: Disconnected from 198.51.100.8 port 4002 [preauth]");
	assert_non_null(strstr(h->why, "a client came and went, which is no attack by itself"));
	assert_non_null(strstr(h->why, "abuse of the service by somebody whose address no line has named"));
	assert_int_equal(h->count[DECISION_STEP], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(core_shows_each_effect_in_force_once),
		TEST(core_forgets_what_is_no_longer_in_force),
		TEST(core_shows_as_many_effects_as_the_actor_keeps),
		TEST(core_shows_the_tables_of_its_sensors),
		TEST(core_gives_a_long_table_in_pieces),
		TEST(core_names_its_tables_to_who_asks_for_another),
		TEST(core_says_which_sensor_is_off),
		TEST(core_counts_damaged_samples_and_goes_on),
		TEST(listener_hears_attempts_the_finding_and_the_step),
		TEST(listener_hears_that_a_log_in_cancels_a_refusal),
		TEST(listener_hears_why_a_trace_counts_for_nothing),
		TEST(listener_hears_of_steps_that_policy_refuses),
		TEST(core_says_why_trust_and_locks_fail),
		TEST(core_says_what_the_log_of_packets_lacks_and_what_sees_instead),
		TEST(core_says_how_many_decided_steps_found_no_room),
		TEST(core_takes_each_word_of_the_actor_as_news),
		TEST(core_tells_the_service_its_mode_and_when_it_heard_each_source),
		TEST(core_names_what_it_reads),
		TEST(a_skipped_line_is_an_incident_of_the_device),
		TEST(core_records_a_head_of_any_content),
		TEST(listener_hears_of_clients_that_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
