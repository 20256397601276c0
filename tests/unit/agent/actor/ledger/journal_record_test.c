/* SPDX-License-Identifier: Apache-2.0 */
/* Records whose checksum is right and whose content is not: they are another version's, never misread. Pure. */
#include "agent/actor/ledger/journal.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[JOURNAL_HEADER + JOURNAL_BODY_MAX + 8];
static size_t len;
static struct journal_record out;

/* The checksum and the length of what stands there now. */
static void seal(void)
{
	struct buf front = buf_over(bytes, 6);
	size_t body = len - JOURNAL_HEADER;

	bytes[4] = (uint8_t)(body >> 8);
	bytes[5] = (uint8_t)body;
	buf_be32(&front, hash_crc32c(0, bytes + 4, len - 4));
}

/* A record of that kind, with that text. */
static void make(uint8_t kind, struct str text)
{
	struct journal_record r = {.kind = kind,
				   .origin = 2,
				   .addr = {4, 32, {10, 0, 0, 1}},
				   .rule = "brute_force",
				   .account = "bob",
				   .args = {.verb = VERB_LOCK, .account = "bob", .duration_s = 60},
				   .duration_s = 60,
				   .step = 1,
				   .steps = 1,
				   .sealed = STR("sealed"),
				   .text = text};
	struct buf b = buf_over(bytes, sizeof(bytes));

	assert_int_equal(journal_encode(&b, &r), ERR_OK);
	len = b.len;
}

/* Whether the bytes are read as a record; in either case what is behind them is found. */
static bool is_read(void)
{
	struct str s = {(const char *)bytes, len};
	enum err err = journal_decode(&s, &out);

	assert_true(err == ERR_OK || err == ERR_UNSUPPORTED);
	assert_int_equal(s.len, 0);
	return err == ERR_OK;
}

static void each_kind_is_read_as_it_was_written(void **state)
{
	(void)state;
	for (uint8_t kind = JOURNAL_BAN; kind < JOURNAL_KIND_MAX; kind++) {
		make(kind, STR("text"));
		assert_true(is_read());
		assert_int_equal(out.kind, kind);
	}
}

static void a_kind_or_version_of_later_is_passed_over(void **state)
{
	(void)state;
	make(JOURNAL_RESET, STR("text"));
	bytes[6] = JOURNAL_KIND_MAX;
	seal();
	assert_false(is_read());
	bytes[6] = 0;
	seal();
	assert_false(is_read());
	make(JOURNAL_RESET, STR("text"));
	bytes[7] = JOURNAL_VERSION + 1;
	seal();
	assert_false(is_read());
}

static void more_or_fewer_bytes_than_the_kind_has_are_passed_over(void **state)
{
	(void)state;
	for (uint8_t kind = JOURNAL_BAN; kind < JOURNAL_KIND_MAX; kind++) {
		make(kind, STR("text"));
		bytes[len++] = 0;
		seal();
		assert_false(is_read());
		for (make(kind, STR("text")); --len >= JOURNAL_HEADER;) {
			seal();
			assert_false(is_read());
		}
	}
}

/* A text that no writer of this version can have written, at the end of the record. */
static void lengthen(uint8_t kind, size_t now, size_t wanted)
{
	static char text[JOURNAL_BODY_MAX];
	size_t more = wanted - now;

	memset(text, 't', sizeof(text));
	make(kind, (struct str){text, now});
	bytes[len - now - 2] = (uint8_t)(wanted >> 8);
	bytes[len - now - 1] = (uint8_t)wanted;
	memset(bytes + len, 't', more);
	len += more;
	seal();
}

static void texts_that_are_too_long_are_passed_over(void **state)
{
	static const struct {
		uint8_t kind;
		size_t max;
	} kinds[] = {{JOURNAL_RESET, JOURNAL_TEXT_MAX},
		     {JOURNAL_KEYS, JOURNAL_TEXT_MAX},
		     {JOURNAL_EFFECT, JOURNAL_TEXT_MAX},
		     {JOURNAL_STEPS, JOURNAL_STEPS_MAX}};

	(void)state;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		lengthen(kinds[i].kind, kinds[i].max, kinds[i].max);
		assert_true(is_read());
		lengthen(kinds[i].kind, kinds[i].max, kinds[i].max + 1);
		assert_false(is_read());
	}
}

static void what_a_receipt_cannot_hold_is_passed_over(void **state)
{
	static char text[MESSAGE_SEALED_MAX + 1];
	struct journal_record r = {.kind = JOURNAL_OUTCOME, .step = 1, .steps = 1};
	struct buf b;

	(void)state;
	memset(text, 't', sizeof(text));
	make(JOURNAL_OUTCOME, (struct str){text, MESSAGE_TEXT_MAX - 1});
	assert_true(is_read());
	make(JOURNAL_OUTCOME, (struct str){text, MESSAGE_TEXT_MAX});
	assert_false(is_read());
	for (size_t i = 0; i < 4; i++) {
		size_t sealed = MESSAGE_SEALED_MAX + i % 2;

		r.kind = i < 2 ? JOURNAL_OUTCOME : JOURNAL_SECRET;
		r.sealed = (struct str){text, sealed};
		b = buf_over(bytes, sizeof(bytes));
		assert_int_equal(journal_encode(&b, &r), ERR_OK);
		len = b.len;
		assert_int_equal(is_read(), sealed == MESSAGE_SEALED_MAX);
	}
}

static void arguments_that_no_verb_has_are_passed_over(void **state)
{
	static const uint8_t kinds[] = {JOURNAL_EFFECT, JOURNAL_ENDED};

	(void)state;
	for (unsigned i = 0; i < sizeof(kinds); i++) {
		make(kinds[i], STR("text"));
		bytes[JOURNAL_HEADER] = 0x7f;
		seal();
		assert_false(is_read());
		/* Each byte of them: read, or passed over, and if read, as something that the verb can have. */
		for (size_t at = JOURNAL_HEADER; at < JOURNAL_HEADER + 16; at++) {
			make(kinds[i], STR("text"));
			bytes[at] ^= 0xff;
			seal();
			assert_true(!is_read() || verb_args_valid(&out.args));
		}
	}
}

static void what_is_no_record_is_not_written(void **state)
{
	static char text[JOURNAL_BODY_MAX];
	struct journal_record r = {.kind = 0};
	struct buf b = buf_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(journal_encode(&b, &r), ERR_INVALID);
	r.kind = JOURNAL_KIND_MAX;
	assert_int_equal(journal_encode(&b, &r), ERR_INVALID);
	r.kind = JOURNAL_RESET;
	r.text = (struct str){text, JOURNAL_TEXT_MAX + 1};
	assert_int_equal(journal_encode(&b, &r), ERR_TOO_LONG);
	/* Each part within its limit, and both not within a record. */
	r.kind = JOURNAL_OUTCOME;
	r.text.len = JOURNAL_TEXT_MAX;
	r.sealed = (struct str){text, MESSAGE_SEALED_MAX};
	assert_int_equal(journal_encode(&b, &r), ERR_TOO_LONG);
	assert_int_equal(b.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_read_as_it_was_written),
		cmocka_unit_test(a_kind_or_version_of_later_is_passed_over),
		cmocka_unit_test(more_or_fewer_bytes_than_the_kind_has_are_passed_over),
		cmocka_unit_test(texts_that_are_too_long_are_passed_over),
		cmocka_unit_test(what_a_receipt_cannot_hold_is_passed_over),
		cmocka_unit_test(arguments_that_no_verb_has_are_passed_over),
		cmocka_unit_test(what_is_no_record_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
