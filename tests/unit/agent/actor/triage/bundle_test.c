/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/triage/bundle.h"
#include "agent/actor/triage/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct key_der nobody;
static struct bundle bundle;
static uint8_t bytes[BUNDLE_MIN + 1], sha256[32];
static char big[BUNDLE_MIN];

static int begin(int fd, const struct key_der *escrow)
{
	const struct bundle_terms terms = {fd, escrow, BUNDLE_MIN, 1000000000};

	assert_int_equal(bundle_begin(&bundle, &terms), ERR_OK);
	return fd;
}

static size_t read_all(int fd)
{
	ssize_t got = pread(fd, bytes, sizeof(bytes), 0);
	uint8_t digest[32];

	assert_true(got > 0);
	key_sha256(bytes, (size_t)got, digest);
	assert_memory_equal(digest, sha256, sizeof(digest));
	assert_int_equal(got, bundle.bytes);
	close(fd);
	return (size_t)got;
}

static void header_is_that_of_the_format(void **state)
{
	uint8_t block[TAR_BLOCK];
	unsigned sum = 8 * ' ';

	(void)state;
	assert_true(tar_header(&(struct tar_entry){"a/b.jsonl", 1000, 1000000000}, block));
	assert_string_equal((char *)block, "a/b.jsonl");
	assert_string_equal((char *)block + 124, "00000001750");
	assert_string_equal((char *)block + 136, "07346545000");
	assert_memory_equal(block + 257,
			    "ustar\0"
			    "00",
			    8);
	for (unsigned i = 0; i < TAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? 0 : block[i];
	assert_int_equal(strtoul((char *)block + 148, NULL, 8), sum);
	assert_int_equal(tar_padding(1000), 24);
	assert_int_equal(tar_padding(1024), 0);
}

static void name_or_size_that_does_not_fit_has_no_header(void **state)
{
	uint8_t block[TAR_BLOCK];
	char name[TAR_NAME_MAX + 2];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[TAR_NAME_MAX + 1] = '\0';
	assert_false(tar_header(&(struct tar_entry){name, 0, 0}, block));
	name[TAR_NAME_MAX] = '\0';
	assert_true(tar_header(&(struct tar_entry){name, 0, 0}, block));
	assert_false(tar_header(&(struct tar_entry){"", 0, 0}, block));
	assert_false(tar_header(&(struct tar_entry){"n", UINT64_C(1) << 33, 0}, block));
	assert_false(tar_header(&(struct tar_entry){"n", 0, -1}, block));
}

static void entries_are_where_tar_looks_for_them(void **state)
{
	int fd = begin(memfd_create("bundle", 0), &nobody);

	(void)state;
	assert_int_equal(bundle_put(&bundle, "one", STR("first\n")), ERR_OK);
	assert_int_equal(bundle_end(&bundle, "last", STR("second\n"), sha256), ERR_OK);
	assert_int_equal(read_all(fd), 4 * TAR_BLOCK + TAR_END);
	assert_string_equal((char *)bytes, "one");
	assert_memory_equal(bytes + TAR_BLOCK, "first\n", 7);
	assert_string_equal((char *)bytes + 2 * TAR_BLOCK, "last");
	assert_memory_equal(bytes + 3 * TAR_BLOCK, "second\n", 8);
}

/* Filled to its end with entries of any size, sealed or not, it stays as large as it may be. */
static void fill(const struct key_der *escrow, size_t entry)
{
	int fd = begin(memfd_create("bundle", 0), escrow);
	size_t len;

	while (bundle_put(&bundle, "x", (struct str){big, entry}) == ERR_OK)
		continue;
	assert_true(bundle_room(&bundle) < entry);
	if (bundle_room(&bundle) > 0)
		assert_int_equal(bundle_put(&bundle, "y", (struct str){big, (size_t)bundle_room(&bundle)}), ERR_OK);
	assert_int_equal(bundle_end(&bundle, "last", (struct str){big, BUNDLE_LAST_MAX}, sha256), ERR_OK);
	len = read_all(fd);
	assert_true(len <= BUNDLE_MIN && len > BUNDLE_LAST_MAX);
}

static void full_bundle_stays_below_its_bound(void **state)
{
	static const size_t sizes[] = {1, 511, 512, 513, 10000, 16384, 20000};
	struct key_der private_key, public_key;

	(void)state;
	assert_int_equal(key_generate(key_random_kernel, &private_key), ERR_OK);
	assert_int_equal(key_public(&private_key, &public_key), ERR_OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill(&nobody, sizes[i]);
		fill(&public_key, sizes[i]);
	}
}

static void sealed_bundle_opens_to_the_same_archive(void **state)
{
	static uint8_t plain[KEY_STREAM_PIECE];
	struct key_der private_key, public_key;
	struct key_stream s;
	size_t len;

	(void)state;
	assert_int_equal(key_generate(key_random_kernel, &private_key), ERR_OK);
	assert_int_equal(key_public(&private_key, &public_key), ERR_OK);
	begin(memfd_create("bundle", 0), &public_key);
	assert_int_equal(bundle_end(&bundle, "last", STR("text\n"), sha256), ERR_OK);
	len = read_all(bundle.fd);
	assert_int_equal(len, KEY_STREAM_HEAD + 2 * TAR_BLOCK + TAR_END + KEY_STREAM_TAG);
	assert_null(memmem(bytes, len, "text\n", 5));
	assert_int_equal(key_stream_accept(&s, &private_key, bytes), ERR_OK);
	assert_int_equal(
		key_stream_open(&s, (struct str){(char *)bytes + KEY_STREAM_HEAD, len - KEY_STREAM_HEAD}, true, plain),
		ERR_OK);
	assert_memory_equal(plain + TAR_BLOCK, "text\n", 5);
}

static void full_disk_is_an_error_and_stays_one(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (full < 0)
		skip();
	begin(full, &nobody);
	assert_int_equal(bundle_put(&bundle, "x", (struct str){big, 30000}), ERR_NO_SPACE);
	assert_int_equal(bundle_end(&bundle, "last", STR("text\n"), sha256), ERR_NO_SPACE);
	close(full);
}

static void bound_that_nothing_fits_is_refused(void **state)
{
	const struct bundle_terms terms = {-1, &nobody, BUNDLE_MIN - 1, 0};

	(void)state;
	assert_int_equal(bundle_begin(&bundle, &terms), ERR_INVALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_that_of_the_format),
		cmocka_unit_test(name_or_size_that_does_not_fit_has_no_header),
		cmocka_unit_test(entries_are_where_tar_looks_for_them),
		cmocka_unit_test(full_bundle_stays_below_its_bound),
		cmocka_unit_test(sealed_bundle_opens_to_the_same_archive),
		cmocka_unit_test(full_disk_is_an_error_and_stays_one),
		cmocka_unit_test(bound_that_nothing_fits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
