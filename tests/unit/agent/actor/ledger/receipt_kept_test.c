/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a receipt: all of it comes back, whatever verb it is of, also from the guard before an update. */
#include "agent/actor/ledger/receipt_kept.h"

#include "agent/actor/ledger/chain_file.h"
#include "agent/common/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OLD_BYTES 880

/* The bytes that a guard of MESSAGE_VERSION 10 kept, zeros left out: little-endian, 64-bit times on 8 bytes. */
static const struct {
	size_t at, len;
	const char *bytes;
} old[] = {
	{0, 1, "\x0a"},
	{2, 1, "\x20"},
	{4, 2, "\x70\x03"},
	{8, 1, "\x07"},
	{16, 2, "\x02\x01"},
	{19, 4, "\x01\x02\x03\x01"},
	{64, 33, "0123456789abcdeffedcba9876543210\x06"},
	{100, 2, "\x58\x02"},
	{104, 2, "\x84\x03"},
	{179, 1, "\x01"},
	{192, 6, "\x01\x04\x18\xc6\x33\x64"},
	{344, 1, "\x04"},
	{353, 6, "\x40\x1e\x18\x24\x0a\x06"},
	{360, 1, "\x01"},
	{400, 1, "\x06"},
	{408, 1, "\x09"},
	{416, 1, "\x08"},
	{424, 33, "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ\x03"},
	{458, 3, "abc"},
	{714, 21, "this device: isolated"},
};

static struct actor_receipt full(void)
{
	struct actor_receipt r;

	memset(&r, 0, sizeof(r));
	r.header = (struct actor_header){MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), UINT64_MAX};
	r.origin = ORIGIN_ORDER;
	r.result = RECEIPT_FAILED;
	r.err = ERR_IO;
	r.verified = 1;
	r.step = 7;
	r.steps = 8;
	r.outcome = RECEIPT_FAILED;
	r.repeat = 1;
	memset(r.rule, 'r', sizeof(r.rule) - 1);
	memset(r.incident, 1, sizeof(r.incident));
	memset(r.order_id, 2, sizeof(r.order_id));
	r.count = UINT32_MAX;
	r.expires_wall_us = INT64_MAX;
	r.cause_us = r.decided_us = r.received_us = r.journaled_us = INT64_MAX;
	r.acted_us = r.verified_us = -1;
	r.place = (struct chain_place){.seq = UINT64_MAX, .prev_seq = 5, .prev = "0123456789"};
	r.sealed_len = sizeof(r.sealed);
	memset(r.sealed, 3, sizeof(r.sealed));
	memset(r.text, 't', sizeof(r.text) - 1);
	return r;
}

/* As much as its values can be long, of all that the verb takes. */
static void fill(struct verb_args *args)
{
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);
		void *at = (uint8_t *)args + p->offset;

		if (!verb_takes(args->verb, tag))
			continue;
		switch (p->type) {
		case VERB_TYPE_ADDR: assert_int_equal(addr_parse(STR("2001:db8::1"), at), ERR_OK); break;
		case VERB_TYPE_NETS:
			((struct verb_nets *)at)->count = VERB_NETS_MAX;
			for (unsigned i = 0; i < VERB_NETS_MAX; i++)
				args->allow.list[i] = (struct addr){6, 128, "0123456789abcde"};
			break;
		case VERB_TYPE_SECONDS: *(uint32_t *)at = VERB_DURATION_MAX_S; break;
		case VERB_TYPE_ACCOUNT: memset(at, 'a', VERB_ACCOUNT_MAX - 1); break;
		case VERB_TYPE_NAME: memset(at, 'n', VERB_NAME_MAX - 1); break;
		case VERB_TYPE_PID: *(int32_t *)at = INT32_MAX; break;
		case VERB_TYPE_COUNT: *(uint64_t *)at = 1000000; break;
		case VERB_TYPE_FLAG: *(uint8_t *)at = 1; break;
		case VERB_TYPE_PATH:
			memset(at, 'p', VERB_PATH_MAX - 1);
			*(char *)at = '/';
			break;
		case VERB_TYPE_HASH:
			memset(at, 'h', VERB_HASH_MAX - 1);
			*(char *)at = '$';
			break;
		default: fail();
		}
	}
}

static void assert_same_in_the_chain(const struct actor_receipt *a, const struct actor_receipt *b)
{
	uint8_t first[RECEIPT_BYTES_MAX], second[RECEIPT_BYTES_MAX];
	struct buf x = buf_over(first, sizeof(first)), y = buf_over(second, sizeof(second));

	receipt_put(&x, a);
	receipt_put(&y, b);
	assert_false(x.overflow);
	assert_true(str_equal(buf_str(&x), buf_str(&y)));
	assert_memory_equal(&a->place, &b->place, sizeof(a->place));
	assert_true(a->header.request_id == b->header.request_id);
}

static void longest_receipt_of_every_verb_comes_back_whole(void **state)
{
	(void)state;
	for (uint16_t verb = 0; verb <= VERB_MAX; verb++) {
		struct actor_receipt r = full(), back;
		uint8_t memory[CHAIN_FILE_MESSAGE_MAX];
		struct buf b = buf_over(memory, sizeof(memory));

		r.args.verb = verb;
		fill(&r.args);
		receipt_kept_put(&b, &r);
		assert_false(b.overflow);
		assert_int_equal(receipt_kept_take(buf_str(&b), &back), ERR_OK);
		assert_int_equal(back.header.type, ACTOR_RECEIPT);
		assert_int_equal(back.header.length, sizeof(back));
		assert_same_in_the_chain(&r, &back);
	}
}

/* A mapped address is not what a decoder of orders would make of it: the chain has it as it was. */
static void address_comes_back_as_it_was_asked_for(void **state)
{
	struct actor_receipt r = full(), back;
	uint8_t memory[CHAIN_FILE_MESSAGE_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	r.args.verb = VERB_BAN;
	r.args.addr = (struct addr){6, 128, {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1}};
	receipt_kept_put(&b, &r);
	assert_int_equal(receipt_kept_take(buf_str(&b), &back), ERR_OK);
	assert_same_in_the_chain(&r, &back);
}

static void receipt_of_the_guard_before_an_update_is_read(void **state)
{
	static char bytes[OLD_BYTES];
	struct actor_receipt r;
	const uint16_t first = 10;

	(void)state;
	/* The layout is another one on processors of another byte order or alignment. */
	if (*(const uint8_t *)&first != 10 || offsetof(struct actor_receipt, args) != 96)
		skip();
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		memcpy(bytes + old[i].at, old[i].bytes, old[i].len);
	assert_int_equal(receipt_kept_take((struct str){bytes, sizeof(bytes)}, &r), ERR_OK);
	assert_int_equal(r.header.version, MESSAGE_VERSION);
	assert_int_equal(r.header.length, sizeof(r));
	assert_true(r.header.request_id == 7 && r.step == 2 && r.steps == 3 && r.outcome == RECEIPT_DONE);
	assert_true(r.args.verb == VERB_ISOLATE && r.args.duration_s == 600 && r.args.lease_s == 900 && r.args.dns);
	assert_true(r.args.allow.count == 1 && r.args.allow.list[0].prefix == 24 && r.args.path[0] == '\0');
	assert_true(r.count == 4 && r.expires_wall_us == INT64_C(1700000000000000) && r.verified_us == 6);
	assert_true(r.place.seq == 9 && r.place.prev_seq == 8 && r.place.prev[31] == 'Z');
	assert_true(r.sealed_len == 3 && memcmp(r.sealed, "abc", 3) == 0);
	assert_string_equal(r.text, "this device: isolated");
	assert_int_equal(receipt_kept_take((struct str){bytes, sizeof(bytes) - 1}, &r), ERR_UNSUPPORTED);
	bytes[0] = 9;
	assert_int_equal(receipt_kept_take((struct str){bytes, sizeof(bytes)}, &r), ERR_UNSUPPORTED);
}

static void receipt_that_is_cut_or_too_long_is_refused(void **state)
{
	struct actor_receipt r = full(), back;
	uint8_t memory[CHAIN_FILE_MESSAGE_MAX];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	r.args.verb = VERB_ISOLATE;
	fill(&r.args);
	receipt_kept_put(&b, &r);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(receipt_kept_take((struct str){b.data, len}, &back), ERR_OK);
	buf_char(&b, 'x');
	assert_int_not_equal(receipt_kept_take(buf_str(&b), &back), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_receipt_of_every_verb_comes_back_whole),
		cmocka_unit_test(address_comes_back_as_it_was_asked_for),
		cmocka_unit_test(receipt_of_the_guard_before_an_update_is_read),
		cmocka_unit_test(receipt_that_is_cut_or_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
