/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/journald_unpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

/* What liblz4 and liblzma make of `whole`, with the options that journald gives them. */
static const uint8_t by_lz4[] = {
	0xf7, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x1b, 0x4d, 0x45, 0x53, 0x53, 0x41, 0x47,
	0x45, 0x3d, 0x46, 0x61, 0x69, 0x6c, 0x65, 0x64, 0x20, 0x70, 0x61, 0x73, 0x73, 0x77, 0x6f, 0x72,
	0x64, 0x20, 0x66, 0x6f, 0x72, 0x20, 0x69, 0x6e, 0x76, 0x61, 0x6c, 0x69, 0x64, 0x20, 0x75, 0x73,
	0x65, 0x72, 0x20, 0x61, 0x01, 0x00, 0x14, 0xff, 0x1b, 0x20, 0x66, 0x72, 0x6f, 0x6d, 0x20, 0x31,
	0x39, 0x38, 0x2e, 0x35, 0x31, 0x2e, 0x31, 0x30, 0x30, 0x2e, 0x37, 0x20, 0x70, 0x6f, 0x72, 0x74,
	0x20, 0x34, 0x30, 0x30, 0x30, 0x30, 0x20, 0x73, 0x73, 0x68, 0x32, 0x20, 0x70, 0x61, 0x64, 0x64,
	0x69, 0x6e, 0x67, 0x08, 0x00, 0xff, 0xff, 0x66, 0x50, 0x67, 0x20, 0x65, 0x6e, 0x64,
};

static const uint8_t by_xz[] = {
	0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x00, 0xff, 0x12, 0xd9, 0x41, 0x02, 0x00, 0x21, 0x01, 0x10, 0x00,
	0x00, 0x00, 0xa8, 0x70, 0x8e, 0x86, 0xe0, 0x02, 0xf6, 0x00, 0x61, 0x5d, 0x00, 0x26, 0x91, 0x46, 0xac, 0xd0,
	0x6f, 0x74, 0xb8, 0xa5, 0xb5, 0x5b, 0x46, 0x43, 0xaa, 0xfa, 0x28, 0x8a, 0xb1, 0x96, 0x72, 0xe7, 0xa9, 0x68,
	0x0e, 0xa5, 0xc0, 0x0f, 0xaf, 0xa6, 0xab, 0x5c, 0x66, 0xd3, 0x0a, 0xb7, 0x7b, 0x3c, 0x71, 0x51, 0xae, 0xf6,
	0xcc, 0xe4, 0x70, 0x2a, 0x51, 0xdc, 0x03, 0xb6, 0xa4, 0x7d, 0x13, 0x80, 0x34, 0x0c, 0x5a, 0x87, 0x40, 0x7b,
	0x74, 0x6e, 0xf4, 0xe1, 0xbe, 0x11, 0xa9, 0x23, 0x73, 0xe5, 0xaf, 0x5b, 0x97, 0x5c, 0x35, 0xe0, 0x6c, 0x4c,
	0xeb, 0xa1, 0x61, 0x1c, 0xae, 0x4e, 0xa4, 0x9f, 0xd6, 0xba, 0x4b, 0x46, 0x9c, 0xfd, 0xe6, 0xa5, 0xc1, 0xcd,
	0x3c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x75, 0xf7, 0x05, 0x00, 0x00, 0x00, 0xd0, 0x34, 0x70, 0x55,
	0xa8, 0x00, 0x0a, 0xfc, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x59, 0x5a,
};

/* A way, and what it packed. */
struct packed {
	uint8_t packing;
	bool there; /* in this build */
	struct str bytes;
};

static char whole[1024];
static size_t whole_len;
static char by_zstd[1024];
static struct packed ways[3];

static void make(void)
{
	struct buf b = buf_over(whole, sizeof(whole));

	buf_text(&b, "MESSAGE=Failed password for invalid user ");
	for (unsigned i = 0; i < 40; i++)
		buf_text(&b, "a");
	buf_text(&b, " from 198.51.100.7 port 40000 ssh2 ");
	for (unsigned i = 0; i < 80; i++)
		buf_text(&b, "padding ");
	buf_text(&b, "end");
	whole_len = b.len;
	size_t len = ZSTD_compress(by_zstd, sizeof(by_zstd), whole, whole_len, 3);
	const struct str lz4 = {(const char *)by_lz4, sizeof(by_lz4)}, xz = {(const char *)by_xz, sizeof(by_xz)};

	ways[0] = (struct packed){JOURNALD_LZ4, IS_ENABLED(CONFIG_SOURCE_JOURNAL_LZ4), lz4};
	ways[1] = (struct packed){JOURNALD_XZ, IS_ENABLED(CONFIG_SOURCE_JOURNAL_XZ), xz};
	ways[2] = (struct packed){JOURNALD_ZSTD, true, {by_zstd, len}};
}

/* Unpack into a block of its own of that size, so that a write past its end is seen. */
static enum err unpack(const struct packed *p, struct str packed, size_t room, bool *cut)
{
	char *memory = malloc(room), *own = malloc(packed.len ? packed.len : 1);
	struct buf out = buf_over(memory, room);
	enum err err;

	memcpy(own, packed.data, packed.len);
	err = journald_unpack(p->packing, (struct str){own, packed.len}, &out, cut);
	assert_true(out.len <= room);
	if (err == ERR_OK && str_starts(p->bytes, packed))
		assert_memory_equal(memory, whole, out.len);
	free(memory);
	free(own);
	return err;
}

static void what_this_build_reads_is_unpacked_whole(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		char memory[1024];
		struct buf out = buf_over(memory, sizeof(memory));
		bool cut = true;
		enum err err = journald_unpack(ways[i].packing, ways[i].bytes, &out, &cut);

		if (!ways[i].there) {
			assert_int_equal(err, ERR_UNSUPPORTED);
			continue;
		}
		assert_int_equal(err, ERR_OK);
		assert_false(cut);
		assert_int_equal(out.len, whole_len);
		assert_memory_equal(memory, whole, whole_len);
	}
}

static void what_has_no_room_is_cut_and_said_to_be(void **state)
{
	bool cut;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		for (size_t room = 1; ways[i].there && room < whole_len; room += 7) {
			cut = false;
			assert_int_equal(unpack(&ways[i], ways[i].bytes, room, &cut), ERR_OK);
			assert_true(cut);
		}
}

static void one_that_ends_too_early_gives_what_is_there(void **state)
{
	bool cut;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		for (size_t len = 0; ways[i].there && len < ways[i].bytes.len; len++) {
			cut = true;
			if (unpack(&ways[i], str_sub(ways[i].bytes, 0, len), 1000, &cut) == ERR_OK)
				assert_true(cut);
		}
}

static void no_changed_byte_makes_it_write_beyond_its_room(void **state)
{
	char bytes[1024];
	bool cut;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		for (size_t at = 0; ways[i].there && at < ways[i].bytes.len; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				memcpy(bytes, ways[i].bytes.data, ways[i].bytes.len);
				bytes[at] ^= (char)(1u << bit);
				(void)!unpack(&ways[i], (struct str){bytes, ways[i].bytes.len}, 100, &cut);
			}
}

/* A match from before the beginning would copy memory that is not the message's. */
static void a_match_from_before_the_beginning_is_damage(void **state)
{
	static const char far[] = "\x20\0\0\0\0\0\0\0\x10x\x02\0\0", none[] = "\x20\0\0\0\0\0\0\0\x10x\0\0\0";
	char memory[64];
	struct buf out = buf_over(memory, sizeof(memory));
	bool cut;

	(void)state;
	if (!IS_ENABLED(CONFIG_SOURCE_JOURNAL_LZ4))
		skip();
	assert_int_equal(journald_unpack(JOURNALD_LZ4, (struct str){far, sizeof(far) - 1}, &out, &cut), ERR_CORRUPT);
	assert_int_equal(journald_unpack(JOURNALD_LZ4, (struct str){none, sizeof(none) - 1}, &out, &cut), ERR_CORRUPT);
}

static void two_ways_at_once_are_none(void **state)
{
	char memory[64];
	struct buf out = buf_over(memory, sizeof(memory));
	bool cut;

	(void)state;
	assert_int_equal(journald_unpack(JOURNALD_LZ4 | JOURNALD_XZ, ways[0].bytes, &out, &cut), ERR_UNSUPPORTED);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_this_build_reads_is_unpacked_whole),
		cmocka_unit_test(what_has_no_room_is_cut_and_said_to_be),
		cmocka_unit_test(one_that_ends_too_early_gives_what_is_there),
		cmocka_unit_test(no_changed_byte_makes_it_write_beyond_its_room),
		cmocka_unit_test(a_match_from_before_the_beginning_is_damage),
		cmocka_unit_test(two_ways_at_once_are_none),
	};

	make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
