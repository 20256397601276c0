/* SPDX-License-Identifier: Apache-2.0 */
/* What a service may ban for a group: who must have delegated it, within which bounds, and that nothing else is. */
#include "agent/actor/verb/immunity.h"

#include "agent/actor/request.h"
#include "agent/base/clock.h"
#include "agent/common/core_fds.h"
#include "tests/unit/agent/actor/bare.h"

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
static struct delegation terms;
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
	terms = (struct delegation){.most = 2, .widest4 = 32, .widest6 = 64, .longest_s = 3600};
	terms.expires_s = clock_wall_us() / SECOND_US + 86400;
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
static void offer_bytes(struct str bytes)
{
	struct object o = {.version = version++, .size = (uint32_t)bytes.len, .created_s = 1700000000};
	struct buf b = buf_over(message.statement, sizeof(message.statement));
	char staged[OBJECT_STAGED_MAX];
	uint8_t id[OBJECT_ID];
	int fd;

	memset(&message, 0, sizeof(message));
	message.header = (struct actor_header){MESSAGE_VERSION, ACTOR_OBJECT, sizeof(message), 9};
	message.put = 1;
	o.kind = object_kind_named(DELEGATION_KIND)->number;
	snprintf(o.name, sizeof(o.name), "%s", DELEGATION_OBJECT);
	key_sha256(bytes.data, bytes.len, o.sha256);
	assert_int_equal(object_encode(&b, &o), ERR_OK);
	message.statement_len = (uint16_t)b.len;
	object_id(buf_str(&b), id);
	object_staged_name(id, staged);
	fd = openat(bare.actor.child.fds[CORE_FD_STATE], staged, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
	close(fd);
}

static void offer_terms(void)
{
	char memory[DELEGATION_BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	delegation_put(&b, &terms);
	offer_bytes(buf_str(&b));
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
	offer_terms();
	sign(&bare.order_key);
	return answer();
}

static void assert_says(const char *text)
{
	if (!strstr(said.object_answer.text, text))
		fail_msg("\"%s\" does not say \"%s\"", said.object_answer.text, text);
}

static struct actor_act ban(const char *net)
{
	struct actor_act m = {.header = {MESSAGE_VERSION, ACTOR_ACT, sizeof(m), 0}, .origin = ORIGIN_IMMUNITY};

	m.args.verb = VERB_BAN;
	assert_int_equal(addr_parse_prefix(str_from(net), &m.args.addr), ERR_OK);
	return m;
}

/* The receipt that follows; NULL: there is none. */
static const struct actor_receipt *ask(const struct actor_act *m)
{
	assert_int_equal(request_handle(&bare.actor, m, sizeof(*m)), ERR_OK);
	return bare_receipt(&bare, &said);
}

static const struct actor_receipt *ask_ban(const char *net)
{
	const struct actor_act m = ban(net);

	return ask(&m);
}

static void assert_receipt(const struct actor_receipt *r, uint8_t result, const char *text)
{
	assert_non_null(r);
	assert_int_equal(r->origin, ORIGIN_IMMUNITY);
	if (r->result != result || !strstr(r->text, text))
		fail_msg("%u: \"%s\" does not say \"%s\"", r->result, r->text, text);
}

static void assert_refused(const char *net, enum err err, const char *text)
{
	const struct actor_receipt *r = ask_ban(net);

	assert_receipt(r, RECEIPT_REFUSED, text);
	assert_int_equal(r->err, err);
}

/* As if the kernel had it. */
static void already(const char *net, uint8_t origin)
{
	const struct actor_act m = ban(net);
	struct effect *e = ledger_put(&bare.actor.ledger, &m.args);

	assert_non_null(e);
	e->origin = origin;
}

/* -- what is delegated -- */

static void without_one_nothing_is_heard(void **state)
{
	(void)state;
	assert_null(ask_ban("198.51.100.7/32"));
}

static void what_is_delegated_is_done(void **state)
{
	(void)state;
	assert_int_equal(put(), ERR_OK);
	assert_receipt(ask_ban("198.51.100.7/32"), RECEIPT_OBSERVED, "would ban 198.51.100.7");
	assert_int_equal(said.receipt.args.duration_s, 3600);
	assert_receipt(ask_ban("2001:db8::/64"), RECEIPT_OBSERVED, "would ban 2001:db8::/64");
}

static void it_is_kept_over_the_guards_end(void **state)
{
	(void)state;
	assert_int_equal(put(), ERR_OK);
	memset(&bare.actor.immunity, 0, sizeof(bare.actor.immunity));
	assert_null(ask_ban("198.51.100.7/32"));
	immunity_open(&bare.actor);
	assert_string_equal(bare.actor.health.immunity_why, "");
	assert_non_null(ask_ban("198.51.100.7/32"));
}

static void one_that_takes_it_back_ends_it(void **state)
{
	(void)state;
	assert_int_equal(put(), ERR_OK);
	terms.most = 0;
	assert_int_equal(put(), ERR_OK);
	assert_null(ask_ban("198.51.100.7/32"));
}

static void a_stranger_delegates_nothing(void **state)
{
	struct key_der stranger;

	(void)state;
	assert_int_equal(key_generate(key_random_kernel, &stranger), ERR_OK);
	offer_terms();
	sign(&stranger);
	assert_int_not_equal(answer(), ERR_OK);
	assert_null(ask_ban("198.51.100.7/32"));
}

static void who_may_not_order_bans_delegates_none(void **state)
{
	(void)state;
	for (unsigned i = 0; i < bare.actor.mandate.trust.order_key_count; i++)
		bare.actor.mandate.trust.order_verbs[i] = ~(UINT64_C(1) << VERB_BAN);
	assert_int_equal(put(), ERR_DENIED);
	assert_says("sign 'ban'");
	assert_null(ask_ban("198.51.100.7/32"));
}

static void it_needs_as_many_as_the_trust_bundle_says_of_bans(void **state)
{
	(void)state;
	bare.actor.mandate.trust.rules[0] = (struct bundle_rule){.verb = VERB_BAN, .signatures = 2};
	bare.actor.mandate.trust.rule_count = 1;
	assert_int_equal(put(), ERR_SIGNATURE);
	offer_terms();
	sign(&bare.order_key);
	sign(&second);
	assert_int_equal(answer(), ERR_OK);
}

static void a_key_that_is_revoked_takes_it_along(void **state)
{
	(void)state;
	offer_terms();
	sign(&second);
	assert_int_equal(answer(), ERR_OK);
	trust(false);
	immunity_recheck(&bare.actor);
	assert_non_null(strstr(bare.actor.health.immunity_why, "no signature is by a key"));
	assert_null(ask_ban("198.51.100.7/32"));
	trust(true);
	immunity_recheck(&bare.actor);
	assert_string_equal(bare.actor.health.immunity_why, "");
	assert_non_null(ask_ban("198.51.100.7/32"));
}

static void one_that_somebody_changed_on_the_disk_is_not_in_force(void **state)
{
	(void)state;
	assert_int_equal(put(), ERR_OK);
	int dir = openat(bare.actor.objects.dir, DELEGATION_KIND, O_RDONLY | O_DIRECTORY);
	int fd = openat(dir, DELEGATION_OBJECT, O_WRONLY);

	assert_int_equal(pwrite(fd, "[immunity]\nmost = 9", 19, 0), 19);
	close(fd);
	immunity_open(&bare.actor);
	assert_non_null(strstr(bare.actor.health.immunity_why, "who signed it is not known"));
	assert_null(ask_ban("198.51.100.7/32"));
	assert_int_equal(unlinkat(dir, ".immunity.signed", 0), 0);
	immunity_open(&bare.actor);
	assert_non_null(strstr(bare.actor.health.immunity_why, "it cannot be read"));
	close(dir);
}

static void what_is_no_delegation_is_refused_in_words(void **state)
{
	(void)state;
	offer_bytes(STR("[immunity]\nmost = many\n"));
	sign(&bare.order_key);
	assert_int_equal(answer(), ERR_INVALID);
	assert_says("line 2: most is no whole number");
	terms.most = CONFIG_EFFECTS_MAX / 2 + 1;
	assert_int_equal(put(), ERR_TOO_LONG);
	assert_says("addresses at a time, and this device takes");
	terms.most = CONFIG_EFFECTS_MAX / 2;
	assert_int_equal(put(), ERR_OK);
}

/* -- its bounds -- */

static void each_bound_is_kept(void **state)
{
	struct actor_act longer = ban("198.51.100.7/32");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	assert_refused("198.51.100.0/24", ERR_DENIED, "the delegation's widest prefix is /32");
	assert_refused("2001:db8::/63", ERR_DENIED, "the delegation's widest prefix is /64");
	longer.args.duration_s = 86400;
	assert_receipt(ask(&longer), RECEIPT_OBSERVED, "would ban");
	assert_int_equal(said.receipt.args.duration_s, 3600);
	already("192.0.2.1/32", ORIGIN_IMMUNITY);
	already("192.0.2.2/32", ORIGIN_RULE);
	assert_receipt(ask_ban("198.51.100.7/32"), RECEIPT_OBSERVED, "would ban");
	already("192.0.2.3/32", ORIGIN_IMMUNITY);
	assert_refused("198.51.100.7/32", ERR_BUDGET, "the delegation is for 2 addresses at a time");
	/* One of the two is only made longer. */
	assert_receipt(ask_ban("192.0.2.3/32"), RECEIPT_OBSERVED, "would ban");
}

static void nothing_comes_after_its_end(void **state)
{
	(void)state;
	terms.expires_s = clock_wall_us() / SECOND_US - 1;
	assert_int_equal(put(), ERR_OK);
	assert_refused("198.51.100.7/32", ERR_EXPIRED, "the delegation has expired");
}

static void never_ban_is_above_it(void **state)
{
	(void)state;
	assert_int_equal(addr_parse_prefix(STR("198.51.100.0/24"), &bare.actor.settings.never_ban[0]), ERR_OK);
	bare.actor.settings.never_ban_count = 1;
	assert_int_equal(put(), ERR_OK);
	assert_refused("198.51.100.7/32", ERR_PROTECTED, "never_ban");
	assert_refused("127.0.0.1/32", ERR_PROTECTED, "");
}

static void it_is_for_bans_alone_and_of_no_rule(void **state)
{
	struct actor_act m = ban("198.51.100.7/32");

	(void)state;
	assert_int_equal(put(), ERR_OK);
	memcpy(m.rule, "brute_force", 12);
	m.incident[0] = 7;
	assert_receipt(ask(&m), RECEIPT_OBSERVED, "would ban");
	assert_string_equal(said.receipt.rule, "");
	assert_int_equal(said.receipt.incident[0], 0);
	m.args.verb = VERB_UNBAN;
	m.args.duration_s = 0;
	assert_receipt(ask(&m), RECEIPT_REFUSED, "a delegation is for bans alone");
}

#define IMMUNITY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMMUNITY_TEST(without_one_nothing_is_heard),
		IMMUNITY_TEST(what_is_delegated_is_done),
		IMMUNITY_TEST(it_is_kept_over_the_guards_end),
		IMMUNITY_TEST(one_that_takes_it_back_ends_it),
		IMMUNITY_TEST(a_stranger_delegates_nothing),
		IMMUNITY_TEST(who_may_not_order_bans_delegates_none),
		IMMUNITY_TEST(it_needs_as_many_as_the_trust_bundle_says_of_bans),
		IMMUNITY_TEST(a_key_that_is_revoked_takes_it_along),
		IMMUNITY_TEST(one_that_somebody_changed_on_the_disk_is_not_in_force),
		IMMUNITY_TEST(what_is_no_delegation_is_refused_in_words),
		IMMUNITY_TEST(each_bound_is_kept),
		IMMUNITY_TEST(nothing_comes_after_its_end),
		IMMUNITY_TEST(never_ban_is_above_it),
		IMMUNITY_TEST(it_is_for_bans_alone_and_of_no_rule),
	};

	if (!IS_ENABLED(CONFIG_IMMUNITY))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
