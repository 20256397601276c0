/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts that were forged, changed, dropped or moved between the actor and the operator are unproven. */
#include "server-stub/cli/chain_check.h"

#include "server-stub/cli/chain_story.h"

#include <mbedtls/base64.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RECEIPTS_MAX 16

/* What the actor makes, and what is told of it. */
static struct {
	struct key_der key, public_key;
	struct chain_place last; /* the actor's chain: seq and hash of the last place, in prev */
	struct chain_receipt receipts[RECEIPTS_MAX];
	struct chain_head heads[RECEIPTS_MAX];
	uint8_t signatures[RECEIPTS_MAX][KEY_SIGNATURE_MAX];
	struct chain_records told;
	char rows[512];
} w;

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.told = (struct chain_records){.receipts = w.receipts, .heads = w.heads};
	assert_int_equal(key_generate(key_random_kernel, &w.key), ERR_OK);
	return key_public(&w.key, &w.public_key) == ERR_OK ? 0 : -1;
}

/* The actor makes a receipt, behind the place that it gave last. */
static struct chain_receipt make(const char *text)
{
	struct chain_receipt r = {.bytes = str_from(text)};

	r.place.seq = w.last.seq + 1;
	r.place.prev_seq = w.last.seq;
	memcpy(r.place.prev, w.last.prev, CHAIN_HASH);
	chain_hash(&r.place, r.bytes, w.last.prev);
	w.last.seq = r.place.seq;
	return r;
}

static void tell(struct chain_receipt r)
{
	w.receipts[w.told.receipt_count++] = r;
}

static void sign_by(const struct key_der *key)
{
	struct chain_head *h = &w.heads[w.told.head_count];
	uint8_t statement[CHAIN_STATEMENT], *signature = w.signatures[w.told.head_count++];

	h->seq = w.last.seq;
	memcpy(h->hash, w.last.prev, CHAIN_HASH);
	chain_statement(h->seq, h->hash, statement);
	assert_int_equal(key_sign(key, key_random_kernel, statement, sizeof(statement), signature, &h->signature.len),
			 ERR_OK);
	h->signature.data = (const char *)signature;
}

static void sign(void)
{
	sign_by(&w.key);
}

static void on_row(void *arg, const struct chain_row *row)
{
	static const char letters[CHAIN_VERDICTS] = "?+-";
	size_t len = strlen(w.rows);

	(void)arg;
	assert_true((row->verdict == CHAIN_PROVEN) == (row->why == NULL));
	snprintf(w.rows + len, sizeof(w.rows) - len, "%s%llu%c%s%.18s", len ? ", " : "", (unsigned long long)row->seq,
		 letters[row->verdict], row->receipt ? "" : "!", row->verdict == CHAIN_UNPROVEN ? row->why : "");
}

/* "SEQ+" is proven, "SEQ?" is pending, "SEQ-WHY" is unproven; with a '!' it is about no receipt that was told. */
static void assert_rows(const char *expected)
{
	w.rows[0] = '\0';
	assert_int_equal(chain_check(&w.told, &w.public_key, on_row, NULL), ERR_OK);
	assert_string_equal(w.rows, expected);
}

static void signature_proves_its_place_and_those_before(void **state)
{
	(void)state;
	assert_rows("");
	tell(make("a"));
	tell(make("b"));
	assert_rows("2?, 1?");
	sign();
	tell(make("c"));
	assert_rows("3?, 2+, 1+");
	sign();
	assert_rows("3+, 2+, 1+");
}

static void receipts_from_before_the_first_that_is_kept_are_not_missed(void **state)
{
	(void)state;
	(void)make("a");
	sign();
	(void)make("b");
	tell(make("c"));
	sign();
	assert_rows("3+");
}

static void receipt_that_is_told_twice_counts_once(void **state)
{
	struct chain_receipt a = make("a"), b = make("b");

	(void)state;
	tell(a);
	tell(b);
	tell(a);
	sign();
	tell(b);
	assert_rows("2+, 1+");
}

static void forged_receipts_are_unproven(void **state)
{
	struct chain_receipt forged = {.bytes = STR("reset root: done")};

	(void)state;
	tell(make("a"));
	tell(forged);
	sign();
	assert_rows("0-it is not in the c, 1+");
	forged.place = w.receipts[0].place;
	tell(forged);
	assert_rows("0-it is not in the c, 1+, 1-its place belongs ");
	/* In a place that comes next: it stays pending, and no signature ever proves it. */
	forged.place = (struct chain_place){.seq = 2, .prev_seq = 1};
	memcpy(forged.place.prev, w.last.prev, CHAIN_HASH);
	tell(forged);
	assert_rows("0-it is not in the c, 2?, 1+, 1-its place belongs ");
	tell(make("b"));
	sign();
	assert_rows("0-it is not in the c, 2-its place belongs , 2+, 1+, 1-its place belongs ");
}

static void changed_receipt_is_unproven(void **state)
{
	struct chain_receipt b;

	(void)state;
	tell(make("a"));
	sign();
	b = make("failed");
	b.bytes = STR("done");
	tell(b);
	assert_rows("2?, 1+");
	tell(make("c"));
	assert_rows("3?, 2-the receipts after, 1+");
	sign();
	assert_rows("3+, 2-the receipts after, 1+");
	b = make("failed");
	b.bytes = STR("done");
	tell(b);
	sign();
	assert_rows("4-the device's actor, 3+, 2-the receipts after, 1+");
}

static void dropped_receipt_is_told_as_missing(void **state)
{
	(void)state;
	tell(make("a"));
	(void)make("b");
	tell(make("c"));
	assert_rows("3?, 2-!it was made and is, 1-the receipts after");
	sign();
	assert_rows("3+, 2-!it was made and is, 1-the receipts after");
	(void)make("d");
	sign();
	assert_rows("4-!it was made and is, 3+, 2-!it was made and is, 1-the receipts after");
}

static void receipts_that_changed_places_are_unproven(void **state)
{
	struct chain_receipt a = make("a"), b = make("b"), c;
	struct str bytes;

	(void)state;
	tell(b);
	tell(a);
	sign();
	assert_rows("2+, 1-it came out of ord");
	b = make("b");
	c = make("c");
	bytes = b.bytes;
	b.bytes = c.bytes;
	c.bytes = bytes;
	tell(b);
	tell(c);
	sign();
	assert_rows("4-the device's actor, 3-the receipts after, 2+, 1-it came out of ord");
}

static void only_the_devices_key_proves(void **state)
{
	struct key_der stranger;

	(void)state;
	assert_int_equal(key_generate(key_random_kernel, &stranger), ERR_OK);
	tell(make("a"));
	sign_by(&stranger);
	assert_rows("1-!a signature of it , 1?");
	w.public_key.len = 0;
	assert_rows("1-!the device's recei, 1-the device's recei");
}

/* The actor forgot the last two, which are here; the chain goes on from what it knew, and what it knew is proven. */
static void power_cut_takes_back_only_what_was_not_signed(void **state)
{
	struct chain_place known;

	(void)state;
	tell(make("a"));
	known = w.last;
	tell(make("b"));
	sign();
	tell(make("c"));
	w.last = known;
	w.last.seq += CHAIN_JUMP + 1;
	tell(make("d"));
	w.receipts[3].place.prev_seq = known.seq;
	chain_hash(&w.receipts[3].place, w.receipts[3].bytes, w.last.prev);
	sign();
	assert_rows("1048579+, 3-the device lost po, 2+, 1+");
	w.told.head_count--;
	assert_rows("1048579?, 3-the device lost po, 2+, 1+");
	/* Without such a jump nobody may forget. */
	w.receipts[3].place.seq = 9;
	assert_rows("9?, 3-the receipts after, 2+, 1+");
}

static void answer_of_the_service_is_read_and_nonsense_proves_nothing(void **state)
{
	struct chain_story s;
	json_t *items =
		json_pack("[{s:s, s:i, s:i, s:s, s:s}, {s:s, s:i, s:s}, {s:s, s:i, s:s}]", "kind", "receipt", "seq", 7,
			  "prev_seq", 6, "prev", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "receipt", "AAEC",
			  "kind", "receipt", "seq", -1, "receipt", "%%%", "kind", "head", "seq", 7, "hash", "AA==");

	(void)state;
	assert_int_equal(chain_story_read(&s, items), ERR_OK);
	assert_int_equal(s.told.receipt_count, 2);
	assert_int_equal(s.told.receipts[0].place.seq, 7);
	assert_int_equal(s.told.receipts[0].place.prev_seq, 6);
	assert_memory_equal(s.told.receipts[0].bytes.data, "\0\1\2", 3);
	assert_int_equal(s.told.receipts[1].place.seq, 0);
	w.rows[0] = '\0';
	assert_int_equal(chain_check(&s.told, &w.public_key, on_row, NULL), ERR_OK);
	assert_string_equal(w.rows, "0-it is not in the c, 7-!a signature of it , 7?");
	chain_story_free(&s);
	json_decref(items);
}

static void key_is_found_by_its_identifier(void **state)
{
	struct key_der found;
	uint8_t id[KEY_ID];
	char hex[KEY_ID * 2 + 1], text[256];
	size_t len;

	(void)state;
	key_id(&w.public_key, id);
	for (size_t i = 0; i < KEY_ID; i++)
		snprintf(hex + i * 2, 3, "%02x", id[i]);
	assert_int_equal(
		mbedtls_base64_encode((unsigned char *)text, sizeof(text), &len, w.public_key.bytes, w.public_key.len),
		0);
	json_t *items = json_pack("[{s:s}, {s:s}]", "key", "AAEC", "key", text);

	assert_true(chain_story_key(items, hex, &found));
	assert_int_equal(found.len, w.public_key.len);
	assert_false(chain_story_key(items, "0011223344556677", &found));
	assert_int_equal(found.len, 0);
	json_decref(items);
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signature_proves_its_place_and_those_before),
		TEST(receipts_from_before_the_first_that_is_kept_are_not_missed),
		TEST(receipt_that_is_told_twice_counts_once),
		TEST(forged_receipts_are_unproven),
		TEST(changed_receipt_is_unproven),
		TEST(dropped_receipt_is_told_as_missing),
		TEST(receipts_that_changed_places_are_unproven),
		TEST(only_the_devices_key_proves),
		TEST(power_cut_takes_back_only_what_was_not_signed),
		TEST(answer_of_the_service_is_read_and_nonsense_proves_nothing),
		TEST(key_is_found_by_its_identifier),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
