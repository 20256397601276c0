/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for auditd are answered by what the guard saw, as the record that it would have been. */
#include "agent/detect/audited.h"

#include "agent/detect/detect.h"
#include "proto/pack_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct detect_limits limits = {65536, 16, 16};

static struct {
	struct settings settings;
	struct pack_writer w;
	void *writer, *memory;
	struct detect detect;
	uint8_t bytes[65536];
} b;

static int begin(void **unused)
{
	(void)unused;
	settings_default(&b.settings);
	b.writer = calloc(1, PACK_WRITER_BYTES);
	b.memory = aligned_alloc(16, (detect_size(&limits) + 15) / 16 * 16);
	pack_write_init(&b.w, b.writer);
	detect_init(&b.detect, b.memory, &limits, &b.settings);
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	free(b.writer);
	free(b.memory);
	return 0;
}

/* A rule for auditd that wants a value of each of these fields. */
static void put_rule(const char *id, const char *const wants[][2], unsigned count)
{
	uint32_t root = pack_write_count(&b.w, PACK_NODES), all = pack_write_node(&b.w, PACK_AND, 0);
	struct pack_rule r = {.product = STR("linux"), .service = STR("auditd"), .node = root};

	for (unsigned i = 0; i < count; i++) {
		struct pack_pattern want = {PACK_EQUALS, 0, 0, str_from(wants[i][1])};
		uint32_t p = pack_write_pattern(&b.w, &want);
		uint16_t field = pack_write_field(&b.w, str_from(wants[i][0]));

		pack_write_node(&b.w, PACK_MATCH, pack_write_matcher(&b.w, &(struct pack_matcher){field, p, 1}));
	}
	pack_write_node_end(&b.w, all);
	r.about = (struct pack_about){.id = str_from(id), .title = STR("T"), .level = PACK_HIGH};
	pack_write_rule(&b.w, &r);
}

#define RULE(id, ...)                                                  \
	do {                                                           \
		static const char *const wants[][2] = {__VA_ARGS__};   \
		put_rule(id, wants, sizeof(wants) / sizeof(wants[0])); \
	} while (0)

static void load(void)
{
	struct buf out = buf_over(b.bytes, sizeof(b.bytes));
	char why[DETECT_WHY_MAX];

	assert_int_equal(pack_write(&b.w, STR("test"), 1, &out), ERR_OK);
	assert_int_equal(detect_load(&b.detect, buf_str(&out), why), ERR_OK);
}

/* The ids of the rules that find it, each with a blank behind it. */
static const char *finds(const struct event *e)
{
	static char ids[256];
	struct buf out = buf_over(ids, sizeof(ids) - 1);
	struct detect_found found;

	detect_judge(&b.detect, &(struct detect_input){e, 1, false, {1, 1}});
	while (detect_next(&b.detect, &found)) {
		buf_put(&out, found.about.id);
		buf_char(&out, ' ');
	}
	ids[out.len] = '\0';
	return ids;
}

static void a_program_is_both_records_of_its_start(void **unused)
{
	struct event e = {.kind = EVENT_PROCESS, .count = 1};

	(void)unused;
	RULE("system_call", {"type", "SYSCALL"}, {"SYSCALL", "execve"}, {"exe", "/bin/busybox"}, {"euid", "33"});
	RULE("arguments", {"type", "EXECVE"}, {"a1", "/tmp/x"});
	RULE("mixed", {"type", "SYSCALL"}, {"a1", "/tmp/x"});
	RULE("both", {"exe", "/bin/busybox"});
	load();
	e.process = (struct process_event){.action = PROCESS_EXEC, .exe = STR("/bin/busybox"), .uid = STR("33")};
	e.process.image = STR("/bin/wget");
	e.process.args = STR("wget\0/tmp/x");
	assert_string_equal(finds(&e), "arguments both system_call ");
	e.process.euid = STR("0");
	assert_string_equal(finds(&e), "arguments both ");
	e.process.action = PROCESS_EXIT;
	assert_string_equal(finds(&e), "");
}

static void a_changed_file_is_a_path(void **unused)
{
	struct event e = {.kind = EVENT_FILE, .count = 1};

	(void)unused;
	RULE("path", {"type", "PATH"}, {"name", "/etc/ld.so.preload"});
	RULE("made", {"nametype", "CREATE"});
	RULE("gone", {"nametype", "DELETE"});
	RULE("program", {"name", "vi"});
	load();
	e.file = (struct file_event){.action = FILE_WRITE, .path = STR("/etc/ld.so.preload"), .name = STR("vi")};
	assert_string_equal(finds(&e), "path ");
	e.file.action = FILE_CREATE;
	assert_string_equal(finds(&e), "path made ");
	e.file.action = FILE_RENAME;
	assert_string_equal(finds(&e), "path made ");
	e.file.gone = true;
	assert_string_equal(finds(&e), "path gone ");
	e.file = (struct file_event){.action = FILE_DELETE, .path = STR("/x")};
	assert_string_equal(finds(&e), "gone ");
}

static void a_changed_account_is_what_its_tools_would_have_told(void **unused)
{
	struct event e = {.kind = EVENT_ACCOUNT, .count = 1};

	(void)unused;
	RULE("added", {"type", "ADD_USER"}, {"acct", "eve"}, {"exe", "/usr/sbin/useradd"});
	RULE("removed", {"type", "DEL_USER"});
	RULE("changed", {"type", "USER_MGMT"});
	load();
	e.account = (struct account_event){.name = STR("eve"), .image = STR("/usr/sbin/useradd")};
	assert_string_equal(finds(&e), "added ");
	e.account.action = ACCOUNT_REMOVED;
	assert_string_equal(finds(&e), "removed ");
	e.account.action = ACCOUNT_SHELL;
	assert_string_equal(finds(&e), "changed ");
}

static void what_is_not_sensed_has_no_records(void **unused)
{
	struct event e = {.kind = EVENT_FILE, .count = 1, .file = {.path = STR("/x")}};

	(void)unused;
	RULE("path", {"type", "PATH"});
	b.detect.sensed &= (uint16_t) ~(1u << EVENT_FILE);
	load();
	assert_string_equal(finds(&e), "");
	assert_int_equal(audited_of(&(struct event){.kind = EVENT_LISTENER}), 0);
}

/* A field has an own one that its event has, or words; and names differ within a record. */
static void the_table_makes_sense(void **unused)
{
	uint8_t number = 1;

	(void)unused;
	assert_int_equal(audited_field(AUDITED_SYSCALL, STR("type")), number);
	for (; number <= 17; number++) {
		unsigned count = 0;

		(void)audited_words(number, &count);
		assert_true((audited_own(number) != NULL) != (count > 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_program_is_both_records_of_its_start, begin, end),
		cmocka_unit_test_setup_teardown(a_changed_file_is_a_path, begin, end),
		cmocka_unit_test_setup_teardown(a_changed_account_is_what_its_tools_would_have_told, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_sensed_has_no_records, begin, end),
		cmocka_unit_test(the_table_makes_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
