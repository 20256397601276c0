/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/uplink/backoff.h"
#include "agent/uplink/batch.h"
#include "agent/uplink/inbox.h"
#include "proto/frame.h"

#include "caltrop/v1/link.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t id[16] = "0123456789abcdef";

static void check(size_t record_len, unsigned count, uint64_t first_seq)
{
	static uint8_t memory[70000];
	static char record[8192];
	struct batch b = batch_over(memory, sizeof(memory));

	memset(record, 'r', sizeof(record));
	for (unsigned i = 0; i < count; i++)
		assert_true(batch_add(&b, first_seq + i * 1000, (struct str){record, record_len}));
	struct str bytes = batch_end(&b, id), frame;

	assert_int_equal(frame_take(&bytes, &frame), ERR_OK);
	assert_int_equal(bytes.len, 0);
	Caltrop__V1__ToServer *m = caltrop__v1__to_server__unpack(NULL, frame.len, (const uint8_t *)frame.data);

	assert_non_null(m);
	assert_int_equal(m->body_case, CALTROP__V1__TO_SERVER__BODY_BATCH);
	assert_memory_equal(m->batch->spool_id.data, id, 16);
	assert_int_equal(m->batch->n_entries, count);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(m->batch->entries[i]->seq, first_seq + i * 1000);
		assert_int_equal(m->batch->entries[i]->record.len, record_len);
	}
	/* What protobuf-c would write is the same, byte for byte. */
	uint8_t *again = malloc(frame.len + 1);

	assert_int_equal(caltrop__v1__to_server__pack(m, again), frame.len);
	assert_memory_equal(again, frame.data, frame.len);
	free(again);
	caltrop__v1__to_server__free_unpacked(m, NULL);
}

static void batch_is_what_protobuf_would_write(void **state)
{
	static const size_t lens[] = {1, 100, 127, 128, 5000, 8192};
	static const uint64_t seqs[] = {1, 127, 128, UINT32_MAX, UINT64_MAX / 4};

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (size_t k = 0; k < sizeof(seqs) / sizeof(seqs[0]); k++) {
			check(lens[i], 1, seqs[k]);
			check(lens[i], 7, seqs[k]);
		}
	}
	check(10, 3000, 1);
}

static void full_batch_refuses_and_stays_whole(void **state)
{
	uint8_t memory[200];
	struct batch b = batch_over(memory, sizeof(memory));
	unsigned count = 0;
	char record[20] = "x";

	(void)state;
	while (batch_add(&b, count + 1, (struct str){record, sizeof(record)}))
		count++;
	assert_int_equal(count, 6);
	struct str bytes = batch_end(&b, id);

	assert_true(bytes.data >= (char *)memory && bytes.data + bytes.len <= (char *)memory + sizeof(memory));
	struct batch none = batch_over(memory, sizeof(memory));

	assert_int_equal(batch_end(&none, id).len, 0);
}

static void frames_come_out_of_pieces(void **state)
{
	static struct inbox in;
	char bytes[3 * 104], piece[8];
	struct str frame;
	unsigned frames = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		frame_header((uint8_t *)bytes + 104 * i, 100);
		memset(bytes + 104 * i + 4, 'a' + (int)i, 100);
	}
	inbox_reset(&in);
	for (size_t at = 0; at < sizeof(bytes); at += sizeof(piece)) {
		assert_int_equal(inbox_put(&in, (struct str){bytes + at, sizeof(piece)}), ERR_OK);
		while (inbox_take(&in, &frame) == ERR_OK) {
			assert_int_equal(frame.len, 100);
			assert_int_equal(frame.data[99], 'a' + (int)frames);
			frames++;
		}
	}
	assert_int_equal(frames, 3);
}

static void devices_do_not_retry_in_step(void **state)
{
	struct backoff one = {.key = {1, 1}}, other = {.key = {2, 2}};
	unsigned same = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		backoff_failed(&one);
		backoff_failed(&other);
		same += backoff_delay(&one) == backoff_delay(&other);
	}
	assert_int_equal(same, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batch_is_what_protobuf_would_write),
		cmocka_unit_test(full_batch_refuses_and_stays_whole),
		cmocka_unit_test(frames_come_out_of_pieces),
		cmocka_unit_test(devices_do_not_retry_in_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
