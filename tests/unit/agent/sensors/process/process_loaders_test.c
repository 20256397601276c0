/* SPDX-License-Identifier: Apache-2.0 */
/* Which process is named for a module, and when nobody is. */
#include "agent/sensors/process/process_loaders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct process_loaders loaders;

static int begin(void **unused)
{
	(void)unused;
	memset(&loaders, 0, sizeof(loaders));
	return 0;
}

static struct process_entry entry(uint32_t pid, struct str name, struct str args)
{
	struct process_entry e = {.pid = pid, .start = pid, .ids = true};

	e.name_len = (uint8_t)name.len;
	memcpy(e.name, name.data, name.len);
	e.args_len = (uint8_t)args.len;
	if (args.len)
		memcpy(e.args, args.data, args.len);
	return e;
}

static void call(uint32_t pid, struct str name, struct str args)
{
	struct process_entry e = entry(pid, name, args);

	process_loaders_note(&loaders, &e);
}

/* The process that is named; 0: none. */
static uint32_t took(uint8_t action, struct str module, int64_t mono_us)
{
	struct module_event event = {.action = action, .name = module};
	struct process_entry found;

	return process_loaders_take(&loaders, &event, (struct now){mono_us, 0}, &found) ? found.pid : 0;
}

static void who_was_called_for_a_module_is_named_once(void **unused)
{
	(void)unused;
	call(10, STR("modprobe"), STR("modprobe\0-q\0dummy\0numdummies=2"));
	call(11, STR("insmod"), STR("insmod\0/tmp/a-b.ko.xz\0dummy=1"));
	assert_int_equal(took(MODULE_UNLOAD, STR("dummy"), 1), 0);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 10);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
	assert_int_equal(took(MODULE_LOAD, STR("a_b"), 1), 11);
	call(12, STR("rmmod"), STR("rmmod\0a-b\0dummy"));
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
	assert_int_equal(took(MODULE_UNLOAD, STR("dummy"), 1), 12);
	call(13, STR("modprobe"), STR("modprobe\0-a\0loop\0dummy"));
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 13);
	call(14, STR("modprobe"), STR("modprobe\0--remove\0dummy"));
	assert_int_equal(took(MODULE_UNLOAD, STR("dummy"), 1), 14);
}

/* modprobe brings along what another module needs; that is nobody's call. */
static void a_module_that_nobody_named_is_nobodys(void **unused)
{
	(void)unused;
	call(10, STR("modprobe"), STR("modprobe\0usbhid\0hid"));
	assert_int_equal(took(MODULE_LOAD, STR("hid"), 1), 0);
	assert_int_equal(took(MODULE_LOAD, STR("usb"), 1), 0);
	assert_int_equal(took(MODULE_LOAD, STR(""), 1), 0);
	assert_int_equal(took(MODULE_LOAD, STR("usbhid"), 1), 10);
}

static void what_is_not_understood_names_nobody(void **unused)
{
	struct process_entry e = entry(10, STR("insmod"), STR("insmod\0dummy.ko"));

	(void)unused;
	call(11, STR("modprobe"), STR("modprobe\0-C\0dummy\0loop"));
	call(12, STR("modprobe"), STR("modprobe\0-n\0dummy"));
	call(13, STR("bash"), STR("bash\0dummy"));
	call(14, STR("insmod"), STR("insmod"));
	call(15, STR("insmod"), STR_NONE);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
	/* Only root can; of whom nothing is known, or not all of what was asked for, nothing is said. */
	e.euid = 1000;
	process_loaders_note(&loaders, &e);
	e.euid = 0;
	e.ids = false;
	process_loaders_note(&loaders, &e);
	e.ids = e.args_cut = true;
	process_loaders_note(&loaders, &e);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
	e.args_cut = false;
	process_loaders_note(&loaders, &e);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 10);
}

static void two_who_may_have_done_it_are_not_guessed_at(void **unused)
{
	(void)unused;
	call(10, STR("modprobe"), STR("modprobe\0dummy"));
	call(11, STR("insmod"), STR("insmod\0dummy.ko"));
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
}

static void who_ended_long_before_is_not_named(void **unused)
{
	struct process_entry e = entry(10, STR("modprobe"), STR("modprobe\0dummy"));

	(void)unused;
	process_loaders_note(&loaders, &e);
	process_loaders_end(&loaders, &e, (struct now){1000, 0});
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1001 + PROCESS_LOADER_ENDED_US), 0);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1000 + PROCESS_LOADER_ENDED_US), 10);
	for (uint32_t i = 0; i < 3 * PROCESS_LOADERS_MAX; i++)
		call(100 + i, STR("modprobe"), i ? STR("modprobe\0loop") : STR("modprobe\0dummy"));
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
}

static void did(uint32_t pid, struct str module, bool unloads)
{
	struct process_entry e = {.pid = pid, .start = pid};

	process_loaders_did(&loaders, &e, module, unloads);
}

/* The kernel's word: no call, no name of a file, no user has to fit. */
static void who_did_it_is_named_whatever_others_were_called_to(void **unused)
{
	(void)unused;
	call(10, STR("modprobe"), STR("modprobe\0dummy"));
	did(20, STR("dummy"), false);
	did(21, STR("veth"), false);
	assert_int_equal(took(MODULE_LOAD, STR("dumm"), 1), 0);
	assert_int_equal(took(MODULE_UNLOAD, STR("veth"), 1), 0);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 20);
	assert_int_equal(took(MODULE_LOAD, STR("veth"), 1), 21);
	assert_int_equal(took(MODULE_LOAD, STR("veth"), 1), 0);
	did(22, STR("dummy"), true);
	assert_int_equal(took(MODULE_UNLOAD, STR("dummy"), 1), 22);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 10);
}

/* One whose own start fails is loaded, and no event says so. */
static void of_two_who_did_it_the_last_one_is_named(void **unused)
{
	struct process_entry e = {.pid = 20, .start = 20};

	(void)unused;
	did(20, STR("dummy"), false);
	did(20, STR("dummy"), true);
	did(21, STR("dummy"), false);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 21);
	process_loaders_end(&loaders, &e, (struct now){1000, 0});
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1001 + PROCESS_LOADER_ENDED_US), 0);
	assert_int_equal(took(MODULE_UNLOAD, STR("dummy"), 1000 + PROCESS_LOADER_ENDED_US), 20);
}

static void a_name_that_no_module_has_is_not_kept(void **unused)
{
	static char text[PROCESS_SAMPLE_MODULE_MAX + 1];

	(void)unused;
	memset(text, 'a', sizeof(text));
	did(20, STR(""), false);
	did(21, (struct str){text, sizeof(text)}, false);
	assert_int_equal(took(MODULE_LOAD, STR(""), 1), 0);
	assert_int_equal(took(MODULE_LOAD, (struct str){text, sizeof(text)}, 1), 0);
	did(22, (struct str){text, sizeof(text) - 1}, false);
	assert_int_equal(took(MODULE_LOAD, (struct str){text, sizeof(text) - 1}, 1), 22);
	for (uint32_t i = 0; i < PROCESS_DEEDS_MAX + 1; i++)
		did(100 + i, i ? STR("loop") : STR("dummy"), false);
	assert_int_equal(took(MODULE_LOAD, STR("dummy"), 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_was_called_for_a_module_is_named_once, begin),
		cmocka_unit_test_setup(a_module_that_nobody_named_is_nobodys, begin),
		cmocka_unit_test_setup(what_is_not_understood_names_nobody, begin),
		cmocka_unit_test_setup(two_who_may_have_done_it_are_not_guessed_at, begin),
		cmocka_unit_test_setup(who_ended_long_before_is_not_named, begin),
		cmocka_unit_test_setup(who_did_it_is_named_whatever_others_were_called_to, begin),
		cmocka_unit_test_setup(of_two_who_did_it_the_last_one_is_named, begin),
		cmocka_unit_test_setup(a_name_that_no_module_has_is_not_kept, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
