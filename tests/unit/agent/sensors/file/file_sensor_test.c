/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/lookout_sample.h"
#include "agent/event/fields.h"
#include "agent/sensors/sensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char seen[4096]; /* all fields of the event that came last */
static unsigned events, severity;
static bool suid, gone, quiet;
static void *state;

static void emit(void *context, const struct event *e)
{
	struct buf b = buf_over(seen, sizeof(seen) - 1);

	(void)context;
	fields_rows(&b, e);
	assert_int_equal(buf_check(&b), ERR_OK);
	seen[b.len] = '\0';
	severity = e->severity;
	suid = e->file.suid;
	gone = e->file.gone;
	quiet = e->quiet;
	events++;
}

static void feed(const void *bytes, size_t len)
{
	const struct sensors_sink sink = {emit, NULL};
	char *own = malloc(len); /* a block of its own, so that a read past its end is seen */

	memcpy(own, bytes, len);
	file_sensor_row.decode(state, (struct str){own, len}, (struct now){0, 0}, &sink);
	free(own);
}

static void feed_change(struct lookout_file h)
{
	static const char texts[] = "/etc/passwd/usr/bin/vi/target";
	char bytes[sizeof(h) + sizeof(texts)];

	h.version = LOOKOUT_SAMPLE_VERSION;
	h.sensor = LOOKOUT_FILE;
	h.kind = LOOKOUT_FILE_CHANGE;
	h.path_len = 11;
	h.exe_len = 11;
	h.target_len = 7;
	memcpy(bytes, &h, sizeof(h));
	memcpy(bytes + sizeof(h), texts, sizeof(texts) - 1);
	feed(bytes, sizeof(h) + sizeof(texts) - 1);
}

static int begin(void **unused)
{
	(void)unused;
	free(state);
	state = calloc(1, file_sensor_row.size);
	events = 0;
	seen[0] = '\0';
	return 0;
}

static uint64_t counter(const char *name)
{
	struct sensors_counter counters[SENSORS_COUNTERS_MAX];
	unsigned count = file_sensor_row.counters(state, counters);

	for (unsigned i = 0; i < count; i++)
		if (strcmp(counters[i].name, name) == 0)
			return counters[i].value;
	fail();
	return 0;
}

static void a_change_says_who_and_what(void **unused)
{
	struct lookout_file h = {.action = FILE_WRITE,
				 .group = FILE_ACCOUNTS,
				 .type = FILE_REGULAR,
				 .source = FILE_SOURCE_FANOTIFY,
				 .flags = LOOKOUT_IDS | LOOKOUT_HASH | LOOKOUT_HASH_BEFORE | LOOKOUT_BEFORE,
				 .pid = 77,
				 .mode = 0644,
				 .mode_before = 0600,
				 .name = "vi"};

	(void)unused;
	h.hash[0] = 0xab;
	h.hash_before[31] = 0xcd;
	feed_change(h);
	assert_int_equal(events, 1);
	assert_int_equal(severity, SEV_MEDIUM);
	assert_non_null(strstr(seen, "action=write"));
	assert_non_null(strstr(seen, "path=/etc/passwd"));
	assert_non_null(strstr(seen, "image=/usr/bin/vi"));
	assert_non_null(strstr(seen, "user=root"));
	assert_non_null(strstr(seen, "group=accounts"));
	assert_non_null(strstr(seen, "hash=ab00"));
	assert_non_null(strstr(seen, "00cd"));
	assert_non_null(strstr(seen, "mode=0644"));
	assert_non_null(strstr(seen, "mode_before=0600"));
	assert_non_null(strstr(seen, "target=/target"));
	assert_int_equal(counter("file_changes"), 1);
	assert_int_equal(counter("file_by_unknown"), 0);
}

static void a_decoy_is_touched_by_all_but_who_puts_it_there(void **unused)
{
	struct lookout_file h = {.action = FILE_CREATE, .group = FILE_DECOY, .type = FILE_REGULAR, .pid = 77};

	(void)unused;
	feed_change(h);
	assert_null(strstr(seen, "decoy"));
	h.action = FILE_RENAME;
	feed_change(h);
	assert_non_null(strstr(seen, "group=decoy\t"));
	assert_int_equal(severity, SEV_HIGH);
}

static void who_is_not_known_is_said_of_nobody(void **unused)
{
	(void)unused;
	feed_change((struct lookout_file){.action = FILE_CREATE, .type = FILE_REGULAR, .uid = 0});
	assert_null(strstr(seen, "user=root"));
	assert_int_equal(counter("file_by_unknown"), 1);
}

/* Owner and bits after; what they were before, if that is known; and whether the file lends rights that it did not. */
static void rights_that_a_file_lends_are_flagged_once(void **unused)
{
	static const struct {
		uint32_t mode, mode_before, owner, owner_before;
		uint8_t flags, type;
		bool suid;
	} rows[] = {
		{04755, 0755, 0, 0, LOOKOUT_BEFORE, FILE_REGULAR, true},
		{02755, 0755, 0, 0, LOOKOUT_BEFORE, FILE_REGULAR, true},
		{02644, 0644, 0, 0, LOOKOUT_BEFORE, FILE_REGULAR, false}, /* mandatory locking: nobody runs it */
		{04755, 04755, 0, 0, LOOKOUT_BEFORE, FILE_REGULAR, false},
		{04755, 04755, 0, 1000, LOOKOUT_BEFORE, FILE_REGULAR, true}, /* it is root's now */
		{04755, 0, 0, 0, 0, FILE_REGULAR, true},
		{04755, 0, 0, 0, LOOKOUT_GONE, FILE_REGULAR, false},
		{04755, 0, 0, 0, 0, FILE_OTHER, false},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		feed_change((struct lookout_file){.action = FILE_ATTRIBUTES,
						  .type = rows[i].type,
						  .flags = rows[i].flags,
						  .mode = rows[i].mode,
						  .mode_before = rows[i].mode_before,
						  .owner = rows[i].owner,
						  .owner_before = rows[i].owner_before});
		assert_int_equal(suid, rows[i].suid);
		assert_int_equal(severity == SEV_HIGH, rows[i].suid);
	}
}

static void what_an_update_changes_is_less_severe(void **unused)
{
	(void)unused;
	feed_change((struct lookout_file){.action = FILE_WRITE, .group = FILE_PRELOAD});
	assert_int_equal(severity, SEV_HIGH);
	feed_change((struct lookout_file){.action = FILE_WRITE, .group = FILE_PRELOAD, .flags = LOOKOUT_UPDATE});
	assert_int_equal(severity, SEV_INFO);
	assert_false(quiet);
}

static void a_maintenance_is_quiet_and_said(void **unused)
{
	struct lookout_state watched = {LOOKOUT_SAMPLE_VERSION, LOOKOUT_FILE, LOOKOUT_FILE_STATE, .maintenance = 1};

	(void)unused;
	feed_change((struct lookout_file){.action = FILE_WRITE, .group = FILE_PRELOAD, .flags = LOOKOUT_MAINTENANCE});
	assert_int_equal(severity, SEV_INFO);
	assert_true(quiet);
	assert_non_null(strstr(seen, "maintenance?"));
	feed(&watched, sizeof(watched));
	assert_string_equal(file_sensor_row.problem(state),
			    "the device is maintained: changes of files raise no alert");
	watched.maintenance = 0;
	feed(&watched, sizeof(watched));
	assert_null(file_sensor_row.problem(state));
}

static void a_file_that_is_gone_has_no_values(void **unused)
{
	(void)unused;
	feed_change((struct lookout_file){
		.action = FILE_DELETE, .flags = LOOKOUT_GONE | LOOKOUT_BEFORE, .mode_before = 0600});
	assert_true(gone);
	assert_non_null(strstr(seen, "mode_before=0600"));
	assert_null(strstr(seen, "mode=0"));
}

static void damaged_samples_are_counted(void **unused)
{
	struct lookout_file h = {
		.version = LOOKOUT_SAMPLE_VERSION, .sensor = LOOKOUT_FILE, .kind = LOOKOUT_FILE_CHANGE};

	(void)unused;
	feed(&h, sizeof(h)); /* no path */
	h.path_len = 9;
	feed(&h, sizeof(h)); /* the path is missing */
	feed(&h, 2);
	h.kind = 9;
	feed(&h, sizeof(h));
	h.kind = LOOKOUT_FILE_STATE;
	feed(&h, sizeof(struct lookout_state) - 1);
	h.version = LOOKOUT_SAMPLE_VERSION + 1;
	feed(&h, sizeof(h));
	assert_int_equal(counter("file_damaged"), 6);
	assert_int_equal(events, 0);
}

static void health_says_what_is_not_seen(void **unused)
{
	struct lookout_state s = {.version = LOOKOUT_SAMPLE_VERSION,
				  .sensor = LOOKOUT_FILE,
				  .kind = LOOKOUT_FILE_STATE,
				  .files = 12,
				  .dirs = 5,
				  .missed = 3,
				  .why = "because"};

	(void)unused;
	feed(&s, sizeof(s));
	assert_null(file_sensor_row.problem(state));
	assert_int_equal(counter("file_missed"), 3);
	assert_int_equal(counter("file_known"), 12);
	s.blind = 2;
	s.full = 1;
	s.refused = 1;
	memset(s.why, 'x', sizeof(s.why)); /* not ended */
	feed(&s, sizeof(s));
	assert_non_null(strstr(file_sensor_row.problem(state), "not known in 2 of 5 directories (xxx"));
	assert_non_null(strstr(file_sensor_row.problem(state), "FILES_MAX"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_change_says_who_and_what, begin),
		cmocka_unit_test_setup(a_decoy_is_touched_by_all_but_who_puts_it_there, begin),
		cmocka_unit_test_setup(who_is_not_known_is_said_of_nobody, begin),
		cmocka_unit_test_setup(rights_that_a_file_lends_are_flagged_once, begin),
		cmocka_unit_test_setup(what_an_update_changes_is_less_severe, begin),
		cmocka_unit_test_setup(a_maintenance_is_quiet_and_said, begin),
		cmocka_unit_test_setup(a_file_that_is_gone_has_no_values, begin),
		cmocka_unit_test_setup(damaged_samples_are_counted, begin),
		cmocka_unit_test_setup(health_says_what_is_not_seen, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(state);
	return failed;
}
