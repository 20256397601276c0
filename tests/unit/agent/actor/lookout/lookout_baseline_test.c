/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of files, kept and taken over again; damaged bytes give nothing. */
#include "agent/actor/lookout/lookout_baseline.h"
#include "agent/actor/lookout/lookout_form.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct lookout_dirs dirs[2];
static const struct lookout_wants wants;
static struct lookout_files files[2];
static char bytes[LOOKOUT_BASELINE_MAX], again[LOOKOUT_BASELINE_MAX];
static struct buf b;

static void watch(struct lookout_dirs *d, unsigned row, const char *path)
{
	snprintf(d->rows[row].path, sizeof(d->rows[row].path), "%s", path);
	d->wants = &wants;
	d->rows[row].used = d->rows[row].wanted = true;
}

static void know(const char *name, unsigned row)
{
	struct lookout_known k = {.group = FILE_CRON, .name_len = (uint8_t)strlen(name)};

	memcpy(k.name, name, k.name_len);
	k.content = (struct lookout_content){.type = FILE_REGULAR, .hashed = true, .mode = 0644, .size = 7, .ino = 9};
	k.content.form = LOOKOUT_FORM_PLAIN;
	k.content.written_ns = -5;
	memset(k.content.hash, 0x5a, sizeof(k.content.hash));
	lookout_files_adopt(&files[0], &dirs[0].rows[row], &k);
}

/* Two directories with files, one of which the second guard watches at another place. */
static int begin(void **unused)
{
	(void)unused;
	memset(dirs, 0, sizeof(dirs));
	for (unsigned i = 0; i < 2; i++)
		lookout_files_init(&files[i], &dirs[i]);
	watch(&dirs[0], 0, "/etc/cron.d");
	watch(&dirs[0], 3, "/srv/app");
	know("one", 0);
	know("two", 0);
	know("three", 3);
	watch(&dirs[1], 5, "/etc/cron.d");
	watch(&dirs[1], 6, "/new");
	b = buf_over(bytes, sizeof(bytes));
	lookout_baseline_encode(&b, &files[0]);
	return buf_check(&b) == ERR_OK ? 0 : -1;
}

static void what_is_watched_still_is_known(void **unused)
{
	struct buf other = buf_over(again, sizeof(again));

	(void)unused;
	assert_int_equal(lookout_baseline_decode(&files[1], buf_str(&b)), ERR_OK);
	assert_int_equal(files[1].known.count, 2);
	assert_true(dirs[1].rows[5].based);
	assert_false(dirs[1].rows[6].based);
	/* Of the same directories it is the same. */
	memset(&dirs[1], 0, sizeof(dirs[1]));
	lookout_files_init(&files[1], &dirs[1]);
	watch(&dirs[1], 0, "/etc/cron.d");
	watch(&dirs[1], 1, "/srv/app");
	assert_int_equal(lookout_baseline_decode(&files[1], buf_str(&b)), ERR_OK);
	lookout_baseline_encode(&other, &files[1]);
	assert_true(str_equal(buf_str(&b), buf_str(&other)));
}

static void damaged_bytes_give_nothing(void **unused)
{
	(void)unused;
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(lookout_baseline_decode(&files[1], (struct str){bytes, len}), ERR_OK);
	for (size_t i = 0; i < b.len; i++) {
		bytes[i] ^= 0x10;
		assert_int_not_equal(lookout_baseline_decode(&files[1], buf_str(&b)), ERR_OK);
		bytes[i] ^= 0x10;
	}
	assert_int_equal(files[1].known.count, 0);
	assert_false(dirs[1].rows[5].based);
}

static void a_damaged_file_is_set_aside(void **unused)
{
	char dir[64], sub[80];

	(void)unused;
	snprintf(dir, sizeof(dir), "/tmp/lookout_baseline_test.%u", (unsigned)getpid());
	snprintf(sub, sizeof(sub), "%s/actor", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_not_equal(lookout_baseline_save(&files[0], dir), ERR_OK);
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_false(lookout_baseline_load(&files[1], dir));
	assert_int_equal(lookout_baseline_save(&files[0], dir), ERR_OK);
	assert_true(lookout_baseline_load(&files[1], dir));
	assert_int_equal(files[1].known.count, 2);
	files_put(sub, "baseline", "CALTROPB and then nonsense");
	lookout_files_init(&files[1], &dirs[1]);
	assert_false(lookout_baseline_load(&files[1], dir));
	assert_int_equal(files[1].known.count, 0);
	assert_true(files_is(sub, "baseline.damaged", "CALTROPB and then nonsense"));
	assert_int_equal(files_remove(dir), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_watched_still_is_known, begin),
		cmocka_unit_test_setup(damaged_bytes_give_nothing, begin),
		cmocka_unit_test_setup(a_damaged_file_is_set_aside, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
