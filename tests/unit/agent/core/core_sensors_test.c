/* SPDX-License-Identifier: Apache-2.0 */
/* What one sensor knows is added to the event of another. */
#include "tests/unit/agent/core/bench.h"

#include "agent/common/process_sample.h"
#include "agent/event/event.h"
#include "agent/sensors/sensors.h"

#define DUMMY "add@/module/dummy\0ACTION=add\0DEVPATH=/module/dummy\0SUBSYSTEM=module\0"
#define LOOP "add@/module/loop\0ACTION=add\0DEVPATH=/module/loop\0SUBSYSTEM=module\0"

/* root, who logged in as user 1000, runs `modprobe dummy`. */
static void modprobe(struct bench *b)
{
	static const char texts[] = "/usr/bin/kmodmodprobe\0dummy";
	struct process_sample s = {
		.version = PROCESS_SAMPLE_VERSION,
		.kind = PROCESS_SAMPLE_EXEC,
		.source = PROCESS_SOURCE_BPF,
		.flags = PROCESS_SAMPLE_IDS,
		.pid = 4711,
		.loginuid = 1000,
		.exe_len = 13,
		.args_len = sizeof(texts) - 13,
	};
	char bytes[sizeof(s) + sizeof(texts)];

	memcpy(bytes, &s, sizeof(s));
	memcpy(bytes + sizeof(s), texts, sizeof(texts));
	feed(b,
	     &(struct input){.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_PROCESS, .bytes = {bytes, sizeof(bytes)}});
}

/* The kernel tells of a module; true: the last record says that this process loaded it, and who. */
static bool named(struct bench *b, struct str uevent)
{
	b->module[0] = '\0';
	feed(b, &(struct input){.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_UEVENT, .bytes = uevent});
	assert_string_not_equal(b->module, "");
	return strstr(b->module, " /usr/bin/modprobe root 4711 1000") != NULL;
}

static void who_loaded_a_module_is_recorded_with_it(void **state)
{
	struct bench *b = *state;

	assert_false(named(b, STR(DUMMY)));
	assert_string_equal(b->module, "dummy   0 ");
	modprobe(b);
	assert_false(named(b, STR(LOOP)));
	assert_true(named(b, STR(DUMMY)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_loaded_a_module_is_recorded_with_it, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
