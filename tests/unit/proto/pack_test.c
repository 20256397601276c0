/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/pack.h"
#include "proto/pack_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[8192];
static char why[PACK_WHY_MAX];
static struct pack pack;

static const struct pack_about about = {.id = STR("3eb1f5f2"),
					.title = STR("A title"),
					.author = STR("Somebody"),
					.references = STR("https://example.org/"),
					.falsepositives = STR("None known"),
					.tags = STR("attack.execution\nattack.t1059"),
					.level = PACK_HIGH,
					.status = PACK_STABLE,
					.flags = PACK_QUIET};

/* A rule "Image ends with /wget, and not CommandLine contains 'x'", and a correlation that counts it. */
static size_t write(void)
{
	struct pack_writer w;
	struct buf b = buf_over(bytes, sizeof(bytes));
	void *memory = calloc(1, PACK_WRITER_BYTES);

	pack_write_init(&w, memory);
	uint16_t image = pack_write_field(&w, STR("Image")), line = pack_write_field(&w, STR("CommandLine"));

	assert_int_equal(pack_write_field(&w, STR("Image")), image);
	pack_write_pattern(&w, &(struct pack_pattern){PACK_ENDS, PACK_CASED, 0, STR("/wget")});
	pack_write_pattern(&w, &(struct pack_pattern){PACK_CONTAINS, 0, 0, STR("x")});
	pack_write_matcher(&w, &(struct pack_matcher){image, 0, 1});
	pack_write_matcher(&w, &(struct pack_matcher){line, 1, 1});
	uint32_t root = pack_write_node(&w, PACK_AND, 0);

	pack_write_node(&w, PACK_MATCH, 0);
	uint32_t not = pack_write_node(&w, PACK_NOT, 0);

	pack_write_node(&w, PACK_MATCH, 1);
	pack_write_node_end(&w, not );
	pack_write_node_end(&w, root);
	pack_write_rule(&w, &(struct pack_rule){about, STR("process_creation"), STR("linux"), STR(""), root});
	pack_write_ref(&w, &(struct pack_ref){0, 0});
	pack_write_ref_field(&w, line);
	pack_write_correlation(&w, &(struct pack_correlation){.about = about,
							      .timespan_s = 600,
							      .least = 5,
							      .most = PACK_NO_LIMIT,
							      .unequal = 7,
							      .refs = 1,
							      .groups = 1,
							      .type = PACK_EVENT_COUNT});
	pack_write_test_value(&w, &(struct pack_test_value){STR("Image"), STR("/bin/wget")});
	pack_write_test(&w, &(struct pack_test){0, true, 0, 1});
	pack_write_need(&w, STR("regex"));
	assert_int_equal(pack_write(&w, STR("base"), 7, &b), ERR_OK);
	free(memory);
	return b.len;
}

static enum err load(size_t len)
{
	return pack_load(&pack, (struct str){(char *)bytes, len}, why);
}

static bool is(struct str s, const char *text)
{
	return str_equal(s, str_from(text));
}

static void pack_round_trip_keeps_every_row(void **state)
{
	size_t len = write();

	(void)state;
	assert_int_equal(load(len), ERR_OK);
	assert_int_equal(pack.version, 7);
	assert_true(is(pack.name, "base") && is(pack_need(&pack, 0), "regex"));
	struct pack_rule r = pack_rule(&pack, 0);

	assert_true(is(r.about.id, "3eb1f5f2") && is(r.about.tags, "attack.execution\nattack.t1059"));
	assert_true(is(r.category, "process_creation") && is(r.product, "linux") && r.service.len == 0);
	assert_int_equal(r.about.level, PACK_HIGH);
	assert_int_equal(r.about.flags, PACK_QUIET);
	assert_int_equal(pack_node(&pack, r.node).arg, 4);
	assert_true(is(pack_field(&pack, pack_matcher(&pack, 0).field), "Image"));
	assert_true(is(pack_pattern(&pack, 0).text, "/wget"));
	struct pack_correlation c = pack_correlation(&pack, 0);

	assert_int_equal(c.timespan_s, 600);
	assert_int_equal(c.unequal, 7);
	assert_int_equal(c.type, PACK_EVENT_COUNT);
	assert_true(is(pack_field(&pack, pack_ref_field(&pack, pack_ref(&pack, c.ref_first).fields)), "CommandLine"));
	assert_true(pack_test(&pack, 0).matches && is(pack_test_value(&pack, 0).value, "/bin/wget"));
}

static void pack_load_refuses_each_prefix_of_a_pack(void **state)
{
	size_t len = write();

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(load(i), ERR_OK);
	bytes[len] = 0;
	assert_int_equal(load(len + 1), ERR_TOO_LONG);
}

/* Whatever byte is changed, what loads can be read to its end. */
static void pack_load_holds_against_each_changed_byte(void **state)
{
	size_t len = write();

	(void)state;
	for (size_t i = 0; i < len; i++)
		for (unsigned change = 1; change < 256; change = change * 2 + 1) {
			bytes[i] ^= (uint8_t)change;
			if (load(len) == ERR_OK)
				for (uint32_t n = 0; n < pack_count(&pack, PACK_PATTERNS); n++)
					assert_true(pack_pattern(&pack, n).text.len <= PACK_STRING_MAX);
			bytes[i] ^= (uint8_t)change;
		}
	assert_int_equal(load(len), ERR_OK);
}

static void pack_load_says_what_is_of_another_build(void **state)
{
	size_t len = write();

	(void)state;
	bytes[5] = 9;
	assert_int_equal(load(len), ERR_UNSUPPORTED);
	assert_string_equal(why, "it has the format 9; this build reads 1");
	bytes[0] = 'X';
	assert_int_equal(load(len), ERR_INVALID);
	assert_string_equal(why, "it is no pack of rules");
}

/* Put a section of that number and flags at the end, as a later build would. */
static size_t append_section(size_t len, unsigned section, unsigned flags)
{
	unsigned count = bytes[7];
	uint8_t row[8] = {0, (uint8_t)section, 0, (uint8_t)flags, 0, 0, 0, 3};
	size_t at = 8 + count * 8u;

	memmove(bytes + at + 8, bytes + at, len - at);
	memcpy(bytes + at, row, 8);
	memcpy(bytes + len + 8, "abc", 3);
	bytes[7]++;
	return len + 11;
}

static void pack_load_passes_over_what_it_need_not_know(void **state)
{
	size_t len = append_section(write(), 64, 0);

	(void)state;
	assert_int_equal(load(len), ERR_OK);
	assert_true(is(pack_section_bytes(&pack, 64), "abc"));
	assert_true(pack_section_bytes(&pack, 65).data == NULL);
	len = append_section(write(), 64, PACK_REQUIRED);
	assert_int_equal(load(len), ERR_UNSUPPORTED);
	assert_string_equal(why, "it needs section 64, which this build does not know");
}

/* There would be no room for an event beside so many. */
static void pack_load_refuses_a_correlation_that_counts_too_far(void **state)
{
	size_t len = write();
	const uint8_t five[] = {0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 7}, *end = bytes + len;
	uint8_t *at = memmem(bytes, len, five, sizeof(five));

	(void)state;
	assert_true(at && at + 4 < end);
	memset(at, 0xff, 4);
	assert_int_equal(load(len), ERR_INVALID);
	assert_string_equal(why, "it is damaged: correlation number 0 makes no sense");
}

static void pack_write_gives_the_same_bytes_again(void **state)
{
	uint8_t first[sizeof(bytes)];
	size_t len = write();

	(void)state;
	memcpy(first, bytes, len);
	memset(bytes, 0xa5, sizeof(bytes));
	assert_int_equal(write(), len);
	assert_memory_equal(first, bytes, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pack_round_trip_keeps_every_row),
		cmocka_unit_test(pack_load_refuses_each_prefix_of_a_pack),
		cmocka_unit_test(pack_load_holds_against_each_changed_byte),
		cmocka_unit_test(pack_load_says_what_is_of_another_build),
		cmocka_unit_test(pack_load_passes_over_what_it_need_not_know),
		cmocka_unit_test(pack_load_refuses_a_correlation_that_counts_too_far),
		cmocka_unit_test(pack_write_gives_the_same_bytes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
