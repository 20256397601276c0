/* SPDX-License-Identifier: Apache-2.0 */
/* Which playbooks a device keeps and runs: what must have signed them, for what, until when, and within which rails. */
#include "agent/actor/verb/playbooks.h"

#include "agent/actor/request.h"
#include "agent/base/clock.h"
#include "agent/common/core_fds.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/files.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 5000

static struct actor_object message;
static struct playbook book;
static struct key_der second; /* another key that the device trusts */
static union actor_message said;
static uint64_t version;

static void pem_of(const struct key_der *private_key, char text[512])
{
	struct key_der public_key;

	assert_int_equal(key_public(private_key, &public_key), ERR_OK);
	assert_int_equal(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, 512), ERR_OK);
}

static void trust(bool also_second)
{
	char both[1024];
	size_t len;

	pem_of(&bare.order_key, both);
	len = strlen(both);
	if (also_second)
		pem_of(&second, both + len);
	bare_put(&bare, "trust/order_keys.pem", both);
	/* A bundle that took the other's place is noticed by its time. */
	memset(bare.actor.mandate.trust_stamp, 0, sizeof(bare.actor.mandate.trust_stamp));
	mandate_refresh(&bare.actor.mandate, bare.actor.trust_path);
}

/* Bans for a day whom brute_force finds. */
static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	bare.actor.settings.mode = MODE_OBSERVE;
	bare.actor.firewall = ERR_OK;
	actor_budgets(&bare.actor);
	assert_int_equal(key_generate(key_random_kernel, &second), ERR_OK);
	trust(true);
	version = 1;
	book = (struct playbook){.name = "shut_out", .bound = true, .approvals = 1, .lasts_s = 86400};
	book.until_s = clock_wall_us() / SECOND_US + 600;
	memcpy(book.rules[book.rule_count++], "brute_force", 12);
	book.steps[0].args.verb = VERB_BAN;
	book.steps[0].args.duration_s = 86400;
	book.steps[0].from[VERB_ADDR] = PLAYBOOK_ADDR;
	book.step_count = 1;
	return 0;
}

static void sign(const struct key_der *key)
{
	struct actor_signature *s = &message.signatures[message.signature_count++];
	struct key_der public_key;
	size_t len;

	assert_int_equal(key_public(key, &public_key), ERR_OK);
	key_id(&public_key, s->key_id);
	assert_int_equal(key_sign(key, key_random_kernel, message.statement, message.statement_len, s->bytes, &len),
			 ERR_OK);
	s->len = (uint16_t)len;
}

/* The statement about these bytes, not signed yet, and the bytes where the core gathers them. */
static void offer(const char *name, struct str bytes)
{
	struct object o = {.version = version++, .size = (uint32_t)bytes.len, .created_s = 1700000000};
	struct buf b = buf_over(message.statement, sizeof(message.statement));
	char staged[OBJECT_STAGED_MAX];
	uint8_t id[OBJECT_ID];
	int fd;

	memset(&message, 0, sizeof(message));
	message.header = (struct actor_header){MESSAGE_VERSION, ACTOR_OBJECT, sizeof(message), 9};
	message.put = 1;
	o.kind = object_kind_named(PLAYBOOK_KIND)->number;
	snprintf(o.name, sizeof(o.name), "%s", name);
	key_sha256(bytes.data, bytes.len, o.sha256);
	assert_int_equal(object_encode(&b, &o), ERR_OK);
	message.statement_len = (uint16_t)b.len;
	object_id(buf_str(&b), id);
	object_staged_name(id, staged);
	fd = openat(bare.actor.child.fds[CORE_FD_STATE], staged, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
	close(fd);
}

static void offer_book(void)
{
	char memory[PLAYBOOK_BYTES_MAX], why[PLAYBOOK_WHY_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	assert_int_equal(playbook_encode(&b, &book, why), ERR_OK);
	offer(book.name, buf_str(&b));
}

static enum err answer(void)
{
	struct worker_result result;
	struct pollfd p = {bare.actor.worker.results, POLLIN, 0};

	assert_int_equal(request_handle(&bare.actor, &message, sizeof(message)), ERR_OK);
	if (!bare_next(&bare, &said)) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		assert_true(worker_take(&bare.actor.worker, &result));
		objects_put_done(&bare.actor, &result);
		assert_true(bare_next(&bare, &said));
	}
	assert_int_equal(said.header.type, ACTOR_OBJECT_ANSWER);
	return (enum err)said.object_answer.err;
}

static enum err put(void)
{
	offer_book();
	sign(&bare.order_key);
	return answer();
}

static void assert_says(const char *text)
{
	if (!strstr(said.object_answer.text, text))
		fail_msg("\"%s\" does not say \"%s\"", said.object_answer.text, text);
}

static unsigned running(void)
{
	return bare.actor.health.playbooks;
}

static struct actor_play incident(const char *rule)
{
	struct actor_play m = {.header = {MESSAGE_VERSION, ACTOR_PLAY, sizeof(m), 0}, .sure = 1};

	m.witness = PLAY_WITNESSED;
	m.level = SEV_MEDIUM;
	snprintf(m.rule, sizeof(m.rule), "%s", rule);
	m.incident[0] = 7;
	m.addr = (struct addr){4, 32, {198, 51, 100, 7}};
	return m;
}

/* The receipt that follows; NULL: there is none. */
static const struct actor_receipt *play(const struct actor_play *m)
{
	assert_int_equal(request_handle(&bare.actor, m, sizeof(*m)), ERR_OK);
	return bare_receipt(&bare, &said);
}

static void assert_receipt(const struct actor_receipt *r, uint8_t result, const char *text)
{
	assert_non_null(r);
	assert_int_equal(r->origin, ORIGIN_PLAYBOOK);
	assert_string_equal(r->rule, "shut_out");
	assert_int_equal(r->incident[0], 7);
	if (r->result != result || !strstr(r->text, text))
		fail_msg("%u: \"%s\" does not say \"%s\"", r->result, r->text, text);
}

/* -- what is kept -- */

static void one_that_was_signed_is_kept_and_runs(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	assert_int_equal(running(), 1);
	assert_receipt(play(&m), RECEIPT_OBSERVED, "would ban 198.51.100.7");
	assert_int_equal(said.receipt.args.duration_s, 86400);
	assert_int_equal(said.receipt.outcome, RECEIPT_OBSERVED);
}

static void it_is_kept_over_the_guards_end(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	memset(&bare.actor.playbooks, 0, sizeof(bare.actor.playbooks));
	bare.actor.health.playbooks = 0;
	playbooks_open(&bare.actor);
	assert_int_equal(running(), 1);
	assert_non_null(play(&m));
}

static void it_needs_as_many_signers_as_it_asks_for(void **state)
{
	struct key_der stranger;

	(void)state;
	book.approvals = 2;
	assert_int_equal(put(), ERR_SIGNATURE);
	assert_says("2 signatures of different keys are needed, 1 are there");
	/* One key counts once. */
	offer_book();
	sign(&bare.order_key);
	sign(&bare.order_key);
	assert_int_equal(answer(), ERR_SIGNATURE);
	assert_int_equal(key_generate(key_random_kernel, &stranger), ERR_OK);
	offer_book();
	sign(&bare.order_key);
	sign(&stranger);
	assert_int_equal(answer(), ERR_SIGNATURE);
	assert_int_equal(running(), 0);
	offer_book();
	sign(&bare.order_key);
	sign(&second);
	assert_int_equal(answer(), ERR_OK);
	assert_int_equal(running(), 1);
}

static void it_needs_as_many_as_the_trust_bundle_says_of_its_verbs(void **state)
{
	(void)state;
	bare.actor.mandate.trust.rules[0] = (struct bundle_rule){.verb = VERB_BAN, .signatures = 2};
	bare.actor.mandate.trust.rule_count = 1;
	assert_int_equal(put(), ERR_SIGNATURE);
	bare.actor.mandate.trust.rules[0].verb = VERB_KILL;
	assert_int_equal(put(), ERR_OK);
}

static void a_key_that_may_not_sign_a_verb_signs_no_playbook_with_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < bare.actor.mandate.trust.order_key_count; i++)
		bare.actor.mandate.trust.order_verbs[i] = ~(UINT64_C(1) << VERB_BAN);
	assert_int_equal(put(), ERR_DENIED);
	assert_says("sign 'ban'");
}

static void a_key_that_is_revoked_takes_along_what_it_signed(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	offer_book();
	sign(&second);
	assert_int_equal(answer(), ERR_OK);
	assert_int_equal(running(), 1);
	trust(false);
	playbooks_recheck(&bare.actor);
	assert_int_equal(running(), 0);
	assert_non_null(strstr(bare.actor.health.playbook_why, "shut_out: no signature is by a key"));
	assert_null(play(&m));
	trust(true);
	playbooks_recheck(&bare.actor);
	assert_int_equal(running(), 1);
	assert_string_equal(bare.actor.health.playbook_why, "");
}

static void its_time_is_looked_at_when_it_comes_and_when_it_runs(void **state)
{
	struct actor_play m = incident("brute_force");
	enum err err;

	(void)state;
	book.until_s = clock_wall_us() / SECOND_US - 60;
	assert_int_equal(put(), ERR_EXPIRED);
	assert_says("it expired 6");
	book.until_s = clock_wall_us() / SECOND_US + 500 * INT64_C(86400);
	assert_int_equal(put(), ERR_NOT_YET);
	assert_says("400 days");
	/* A busy machine may be beyond it before it is put. */
	do {
		book.until_s = clock_wall_us() / SECOND_US + 1;
		err = put();
	} while (err == ERR_EXPIRED);
	assert_int_equal(err, ERR_OK);
	while (clock_wall_us() / SECOND_US <= book.until_s)
		usleep(10000);
	assert_null(play(&m));
	assert_int_equal(running(), 0);
	assert_non_null(strstr(bare.actor.health.playbook_why, "it expired"));
}

static void an_older_version_never_comes_back(void **state)
{
	(void)state;
	version = 5;
	assert_int_equal(put(), ERR_OK);
	version = 4;
	book.level = SEV_HIGH;
	assert_int_equal(put(), ERR_REPLAYED);
	assert_int_equal(running(), 1);
}

static void what_is_no_bound_playbook_is_not_kept(void **state)
{
	(void)state;
	offer("shut_out", STR("CTP1 and more"));
	sign(&bare.order_key);
	assert_int_not_equal(answer(), ERR_OK);
	/* Bytes that are not those of the statement. */
	offer_book();
	sign(&bare.order_key);
	int fd = openat(bare.actor.child.fds[CORE_FD_STATE], ".", O_RDONLY | O_DIRECTORY);
	char staged[OBJECT_STAGED_MAX];
	uint8_t id[OBJECT_ID];

	object_id((struct str){(const char *)message.statement, message.statement_len}, id);
	object_staged_name(id, staged);
	int file = openat(fd, staged, O_WRONLY);

	assert_int_equal(pwrite(file, "x", 1, 9), 1);
	close(file);
	close(fd);
	assert_int_equal(answer(), ERR_CORRUPT);
	/* Another's name, and one that is run by hand. */
	char memory[PLAYBOOK_BYTES_MAX], why[PLAYBOOK_WHY_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	assert_int_equal(playbook_encode(&b, &book, why), ERR_OK);
	offer("other", buf_str(&b));
	sign(&bare.order_key);
	assert_int_equal(answer(), ERR_INVALID);
	assert_says("its own name is 'shut_out'");
	book.bound = false;
	book.rule_count = 0;
	book.lasts_s = 0;
	book.until_s = 0;
	assert_int_equal(put(), ERR_INVALID);
	assert_says("run by hand");
	assert_int_equal(running(), 0);
}

static void one_is_withdrawn_by_an_empty_one(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	offer("shut_out", STR(PLAYBOOK_WITHDRAWN));
	sign(&second);
	assert_int_equal(answer(), ERR_OK);
	assert_int_equal(running(), 0);
	assert_null(play(&m));
	assert_string_equal(bare.actor.health.playbook_why, "");
	/* And none is there after a start. */
	playbooks_open(&bare.actor);
	assert_int_equal(running(), 0);
}

static void a_device_keeps_as_many_as_it_has_room_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PLAYBOOKS_MAX; i++) {
		snprintf(book.name, sizeof(book.name), "n%u", i);
		assert_int_equal(put(), ERR_OK);
	}
	memcpy(book.name, "one_more", 9);
	assert_int_equal(put(), ERR_FULL);
	assert_says("16 playbooks");
	memcpy(book.name, "n3", 3);
	assert_int_equal(put(), ERR_OK);
}

/* -- what runs -- */

static void it_runs_for_its_incidents_only(void **state)
{
	struct actor_play m = incident("enumeration");

	(void)state;
	book.level = SEV_MEDIUM;
	memcpy(book.tags[book.tag_count++], "attack.t1110", 13);
	assert_int_equal(put(), ERR_OK);
	assert_null(play(&m));
	memcpy(m.tags[m.tag_count++], "attack.t1110", 13);
	assert_non_null(play(&m));
	m.level = SEV_LOW;
	assert_null(play(&m));
}

static void steps_beyond_a_ban_wait_for_a_witness(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	memcpy(m.account, "bob", 4);
	book.steps[1].args.verb = VERB_RESET;
	book.steps[1].from[VERB_ACCOUNT] = PLAYBOOK_ACCOUNT;
	book.step_count = 2;
	assert_int_equal(put(), ERR_OK);
	assert_true(bare.actor.health.playbooks_doubt);
	m.witness = PLAY_UNKNOWN;
	assert_null(play(&m));
	m.witness = PLAY_UNWITNESSED;
	assert_receipt(play(&m), RECEIPT_REFUSED, "only log files tell of it");
	m.witness = PLAY_WITNESSED;
	assert_receipt(play(&m), RECEIPT_OBSERVED, "would ban");
}

static void what_the_incident_does_not_name_is_said(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	m.addr = (struct addr){0};
	assert_receipt(play(&m), RECEIPT_REFUSED, "the incident names no addr");
	assert_int_equal(said.receipt.outcome, RECEIPT_REFUSED);
}

static void the_rails_of_rules_are_those_of_playbooks(void **state)
{
	struct actor_play m = incident("brute_force");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	bare.actor.settings.never_ban[bare.actor.settings.never_ban_count++] = (struct addr){4, 24, {198, 51, 100}};
	assert_receipt(play(&m), RECEIPT_REFUSED, "never_ban");
}

static void a_core_that_asks_without_end_is_refused(void **state)
{
	struct actor_play m = incident("brute_force");
	unsigned done = 0;

	(void)state;
	assert_int_equal(put(), ERR_OK);
	for (unsigned i = 0; i < 2 * PLAY_PER_MINUTE; i++)
		done += play(&m)->result == RECEIPT_OBSERVED;
	assert_int_equal(done, PLAY_PER_MINUTE);
	assert_receipt(play(&m), RECEIPT_REFUSED, "too many playbooks");
}

static void messages_that_make_no_sense_end_the_core(void **state)
{
	struct actor_play m;

	(void)state;
	assert_int_equal(put(), ERR_OK);
#define REFUSED(change)              \
	m = incident("brute_force"); \
	change;                      \
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_PROTOCOL)
	REFUSED(m.tag_count = PLAY_TAGS_MAX + 1);
	REFUSED(memset(m.rule, 'a', sizeof(m.rule)));
	REFUSED(memset(m.account, 'a', sizeof(m.account)));
	REFUSED(memset(m.path, 'a', sizeof(m.path)));
	REFUSED(m.tag_count = 1; memset(m.tags[0], 'a', sizeof(m.tags[0])));
	REFUSED(m.addr.family = 5);
	REFUSED(m.addr.prefix = 24);
	REFUSED(m.witness = 3);
	REFUSED(m.sure = 2);
	REFUSED(m.level = SEV_CRITICAL + 1);
	REFUSED(m.pid = -1);
	assert_null(bare_receipt(&bare, &said));
}

static void one_that_the_guards_end_interrupted_is_told_of(void **state)
{
	uint8_t memory[JOURNAL_STEPS_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct journal_record steps = {.kind = JOURNAL_STEPS, .id = {3}};
	struct journal_record run = {.kind = JOURNAL_PLAY, .id = {3}, .rule = "shut_out", .incident = {7}};
	struct order o = {.step_count = 1};

	(void)state;
	o.steps[0].args = (struct verb_args){.verb = VERB_BAN, .duration_s = 60, .addr = {4, 32, {198, 51, 100, 7}}};
	order_steps_encode(&b, &o);
	steps.text = buf_str(&b);
	assert_true(run_replay(&bare.actor, &steps));
	assert_true(run_replay(&bare.actor, &run));
	run_interrupted(&bare.actor);
	assert_receipt(bare_receipt(&bare, &said), RECEIPT_FAILED, "the guard ended");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, bare_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_that_was_signed_is_kept_and_runs),
		TEST(it_is_kept_over_the_guards_end),
		TEST(it_needs_as_many_signers_as_it_asks_for),
		TEST(it_needs_as_many_as_the_trust_bundle_says_of_its_verbs),
		TEST(a_key_that_may_not_sign_a_verb_signs_no_playbook_with_it),
		TEST(a_key_that_is_revoked_takes_along_what_it_signed),
		TEST(its_time_is_looked_at_when_it_comes_and_when_it_runs),
		TEST(an_older_version_never_comes_back),
		TEST(what_is_no_bound_playbook_is_not_kept),
		TEST(one_is_withdrawn_by_an_empty_one),
		TEST(a_device_keeps_as_many_as_it_has_room_for),
		TEST(it_runs_for_its_incidents_only),
		TEST(steps_beyond_a_ban_wait_for_a_witness),
		TEST(what_the_incident_does_not_name_is_said),
		TEST(the_rails_of_rules_are_those_of_playbooks),
		TEST(a_core_that_asks_without_end_is_refused),
		TEST(messages_that_make_no_sense_end_the_core),
		TEST(one_that_the_guards_end_interrupted_is_told_of),
	};

	if (!IS_ENABLED(CONFIG_PLAYBOOKS))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
