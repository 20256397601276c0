/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/journald_file.h"

#include "tests/unit/agent/source/journald_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zstd.h>

static struct image image;
static struct journald_file file;

static int64_t read_image(void *context, uint64_t offset, void *to, size_t len)
{
	const struct image *i = context;

	if (offset > i->len)
		return 0;
	if (len > i->len - offset)
		len = i->len - (size_t)offset;
	memcpy(to, i->bytes + offset, len);
	return (int64_t)len;
}

static const struct journald_io io = {read_image, &image};

static void says(const char *message, uint64_t seqnum)
{
	struct journald_entry e;

	assert_int_equal(journald_file_next(&file, &e), ERR_OK);
	assert_int_equal(e.seqnum, seqnum);
	assert_int_equal(e.message.len, strlen(message));
	assert_memory_equal(e.message.data, message, e.message.len);
	assert_true(str_equal(e.fields[JOURNALD_IDENTIFIER], STR("sshd")));
	assert_true(str_equal(e.fields[JOURNALD_EXE], STR("/usr/sbin/sshd")));
	assert_true(str_equal(e.fields[JOURNALD_UID], STR("0")));
}

static void ends(enum err err)
{
	struct journald_entry e;

	assert_int_equal(journald_file_next(&file, &e), err);
}

static void fill(bool compact, unsigned count)
{
	char text[32];

	image_begin(&image, compact);
	for (unsigned n = 1; n <= count; n++) {
		snprintf(text, sizeof(text), "line %u", n);
		image_line(&image, n * 10, text);
	}
}

static void entries_come_in_order_in_both_layouts(void **state)
{
	char text[32];

	(void)state;
	for (int compact = 0; compact < 2; compact++) {
		fill(compact, 20);
		assert_int_equal(journald_file_begin(&file, &io), ERR_OK);
		for (unsigned n = 1; n <= 20; n++) {
			snprintf(text, sizeof(text), "line %u", n);
			says(text, n * 10);
		}
		ends(ERR_NOT_FOUND);
		/* journald appends, and the reader goes on. */
		image_line(&image, 333, "later");
		ends(ERR_NOT_FOUND);
		assert_int_equal(journald_file_refresh(&file), ERR_OK);
		says("later", 333);
		ends(ERR_NOT_FOUND);
	}
}

static void seek_passes_over_what_was_read(void **state)
{
	char text[32];

	(void)state;
	for (int compact = 0; compact < 2; compact++)
		for (unsigned from = 0; from <= 21; from++) {
			fill(compact, 20);
			assert_int_equal(journald_file_begin(&file, &io), ERR_OK);
			assert_int_equal(journald_file_seek(&file, from * 10 + 5), ERR_OK);
			for (unsigned n = from + 1; n <= 20; n++) {
				snprintf(text, sizeof(text), "line %u", n);
				says(text, n * 10);
			}
			ends(ERR_NOT_FOUND);
		}
}

static void a_compressed_message_is_unpacked(void **state)
{
	char text[4096] = "MESSAGE=", packed[4096];
	struct journald_entry e;

	(void)state;
	memset(text + 8, 'x', 3000);
	image_begin(&image, true);
	size_t len = ZSTD_compress(packed, sizeof(packed), text, 3008, 3);
	uint64_t data = image_data(&image, packed, len, 4);

	image_entry(&image, 1, &data, 1);
	data = image_data(&image, packed, len / 2, 4); /* damaged */
	image_entry(&image, 2, &data, 1);
	data = image_data(&image, packed, len, 3); /* nobody packs in two ways */
	image_entry(&image, 3, &data, 1);
	assert_int_equal(journald_file_begin(&file, &io), ERR_OK);
	assert_int_equal(journald_file_next(&file, &e), ERR_OK);
	assert_int_equal(e.message.len, 3000);
	assert_false(e.cut);
	assert_int_equal(journald_file_next(&file, &e), ERR_OK);
	assert_int_equal(journald_file_next(&file, &e), ERR_OK);
	assert_int_equal(e.message.len, 0);
	assert_true(file.not_unpacked >= 1);
	assert_int_equal(file.foreign, 3);
}

/* journald sorts the fields of an entry by where they lie: a long command line is before the message or after it. */
static void other_compressed_fields_leave_the_message_alone(void **state)
{
	char text[2][1024] = {"MESSAGE=", "_CMDLINE="}, packed[1024];
	uint64_t data[3];
	struct journald_entry e;

	(void)state;
	memset(text[0] + 8, 'm', 700);
	memset(text[1] + 9, 'c', 900);
	image_begin(&image, true);
	for (unsigned i = 0; i < 2; i++)
		data[i] = image_data(&image, packed, ZSTD_compress(packed, sizeof(packed), text[i], strlen(text[i]), 3),
				     4);
	data[2] = data[0];
	image_entry(&image, 1, data, 2);
	image_entry(&image, 2, data + 1, 2);
	assert_int_equal(journald_file_begin(&file, &io), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(journald_file_next(&file, &e), ERR_OK);
		assert_int_equal(e.message.len, 700);
		assert_memory_equal(e.message.data, text[0] + 8, 700);
	}
}

static void a_message_too_long_is_cut_and_said_to_be(void **state)
{
	static char text[JOURNALD_MESSAGE_MAX + 100];
	struct journald_entry e;

	(void)state;
	memset(text, 'y', sizeof(text));
	memcpy(text, "MESSAGE=", 8);
	image_begin(&image, true);
	uint64_t data = image_data(&image, text, sizeof(text), 0);

	image_entry(&image, 1, &data, 1);
	assert_int_equal(journald_file_begin(&file, &io), ERR_OK);
	assert_int_equal(journald_file_next(&file, &e), ERR_OK);
	assert_int_equal(e.message.len, JOURNALD_MESSAGE_MAX);
	assert_true(e.cut);
}

static void what_is_no_journal_is_refused(void **state)
{
	(void)state;
	image_begin(&image, true);
	image.len = 100;
	assert_int_equal(journald_file_begin(&file, &io), ERR_TRUNCATED);
	image_begin(&image, true);
	image.bytes[0] = 'X';
	assert_int_equal(journald_file_begin(&file, &io), ERR_CORRUPT);
	image_begin(&image, true);
	image.bytes[12] |= 0x80;
	assert_int_equal(journald_file_begin(&file, &io), ERR_UNSUPPORTED);
}

static void a_damaged_entry_costs_itself(void **state)
{
	(void)state;
	image_begin(&image, false);
	image_line(&image, 1, "one");
	uint64_t entry = image_line(&image, 2, "two");

	image_line(&image, 3, "three");
	image.bytes[entry] = 9;
	assert_int_equal(journald_file_begin(&file, &io), ERR_OK);
	says("one", 1);
	says("three", 3);
	ends(ERR_NOT_FOUND);
	assert_int_equal(file.damaged, 1);
}

/* Wherever a byte is changed, the reader ends, and gives no more entries than the file says that it has. */
static void no_changed_byte_makes_it_run_on(void **state)
{
	struct journald_entry e;

	(void)state;
	for (int compact = 0; compact < 2; compact++) {
		fill(compact, 6);
		size_t len = image.len;

		for (size_t at = 0; at < len; at++)
			for (unsigned bit = 0; bit < 8; bit += 3) {
				unsigned count = 0;

				fill(compact, 6);
				image.bytes[at] ^= (uint8_t)(1 << bit);
				if (journald_file_begin(&file, &io) != ERR_OK)
					continue;
				while (journald_file_next(&file, &e) == ERR_OK)
					assert_true(++count <= 64);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_in_order_in_both_layouts),
		cmocka_unit_test(seek_passes_over_what_was_read),
		cmocka_unit_test(a_compressed_message_is_unpacked),
		cmocka_unit_test(other_compressed_fields_leave_the_message_alone),
		cmocka_unit_test(a_message_too_long_is_cut_and_said_to_be),
		cmocka_unit_test(what_is_no_journal_is_refused),
		cmocka_unit_test(a_damaged_entry_costs_itself),
		cmocka_unit_test(no_changed_byte_makes_it_run_on),
	};

	return cmocka_run_group_tests_name("journald_file", tests, NULL, NULL);
}
