/* SPDX-License-Identifier: Apache-2.0 */
/* A receipt's bytes are what protobuf-c makes of the same fields, and each field of it is in them. */
#include "agent/common/receipt.h"

#include "caltrop/v1/record.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct actor_receipt sample(void)
{
	struct actor_receipt r = {.origin = ORIGIN_ORDER, .result = RECEIPT_DONE, .err = ERR_UNVERIFIED, .verified = 1};

	r.step = 1;
	r.steps = 2;
	r.outcome = RECEIPT_FAILED;
	r.repeat = 1;
	strcpy(r.rule, "breach");
	memset(r.incident, 0xfe, sizeof(r.incident));
	memset(r.order_id, 0xfd, sizeof(r.order_id));
	r.args = (struct verb_args){.verb = VERB_BAN, .duration_s = 600, .addr = {4, 32, {192, 0, 2, 1}}};
	r.args.pid = -1;
	strcpy(r.args.account, "root");
	r.count = 300;
	r.expires_wall_us = -2;
	r.cause_us = 1;
	r.decided_us = 2;
	r.received_us = 3;
	r.journaled_us = 4;
	r.acted_us = 5;
	r.verified_us = INT64_MAX;
	r.sealed_len = 3;
	memcpy(r.sealed, "\0\xff\1", 3);
	strcpy(r.text, "banned 192.0.2.1\n");
	return r;
}

static struct buf encode(const struct actor_receipt *r, uint8_t memory[RECEIPT_BYTES_MAX])
{
	struct buf b = buf_over(memory, RECEIPT_BYTES_MAX);

	receipt_put(&b, r);
	assert_false(b.overflow);
	return b;
}

static void protobuf_c_makes_the_same_bytes(void **state)
{
	struct actor_receipt r = sample();
	uint8_t memory[RECEIPT_BYTES_MAX], again[RECEIPT_BYTES_MAX];
	struct buf b = encode(&r, memory);
	Caltrop__V1__Receipt *read = caltrop__v1__receipt__unpack(NULL, b.len, (const uint8_t *)b.data);

	(void)state;
	assert_non_null(read);
	assert_string_equal(read->verb, "ban");
	assert_string_equal(read->origin, "order");
	assert_string_equal(read->text, "banned 192.0.2.1?");
	assert_int_equal(read->pid, -1);
	assert_int_equal(read->n_arguments, 2);
	assert_string_equal(read->arguments[1]->value, "600");
	assert_true(read->verified_us == INT64_MAX);
	assert_string_equal(read->outcome, "failed");
	assert_int_equal(caltrop__v1__receipt__pack(read, again), b.len);
	assert_memory_equal(again, b.data, b.len);
	caltrop__v1__receipt__free_unpacked(read, NULL);
}

static void each_field_of_it_is_in_them(void **state)
{
	static const size_t fields[] = {
		offsetof(struct actor_receipt, origin),
		offsetof(struct actor_receipt, result),
		offsetof(struct actor_receipt, err),
		offsetof(struct actor_receipt, verified),
		offsetof(struct actor_receipt, step),
		offsetof(struct actor_receipt, steps),
		offsetof(struct actor_receipt, outcome),
		offsetof(struct actor_receipt, repeat),
		offsetof(struct actor_receipt, rule),
		offsetof(struct actor_receipt, incident),
		offsetof(struct actor_receipt, order_id),
		offsetof(struct actor_receipt, count),
		offsetof(struct actor_receipt, expires_wall_us),
		offsetof(struct actor_receipt, cause_us),
		offsetof(struct actor_receipt, decided_us),
		offsetof(struct actor_receipt, received_us),
		offsetof(struct actor_receipt, journaled_us),
		offsetof(struct actor_receipt, acted_us),
		offsetof(struct actor_receipt, verified_us),
		offsetof(struct actor_receipt, sealed),
		offsetof(struct actor_receipt, text),
		offsetof(struct actor_receipt, args.addr.bytes),
		offsetof(struct actor_receipt, args.duration_s),
		offsetof(struct actor_receipt, args.account),
	};
	struct actor_receipt r = sample();
	uint8_t memory[RECEIPT_BYTES_MAX], other[RECEIPT_BYTES_MAX];
	struct buf before = encode(&r, memory);

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct actor_receipt changed = r;

		((uint8_t *)&changed)[fields[i]] ^= 1;
		struct buf after = encode(&changed, other);

		assert_false(after.len == before.len && memcmp(after.data, before.data, before.len) == 0);
	}
}

static void longest_receipt_has_room(void **state)
{
	struct actor_receipt r = sample();
	uint8_t memory[RECEIPT_BYTES_MAX];

	(void)state;
	memset(r.rule, 'r', sizeof(r.rule));
	memset(r.text, 't', sizeof(r.text));
	memset(r.args.account, 'a', sizeof(r.args.account) - 1);
	r.sealed_len = MESSAGE_SEALED_MAX;
	for (r.args.verb = 1; r.args.verb < VERB_MAX; r.args.verb++)
		encode(&r, memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protobuf_c_makes_the_same_bytes),
		cmocka_unit_test(each_field_of_it_is_in_them),
		cmocka_unit_test(longest_receipt_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
