/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/rails/rails_file.h"

#include "agent/common/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;

static bool may(const char *path, uint8_t origin)
{
	char why[RAILS_FILE_WHY_MAX] = "";
	enum err err = rails_file(&settings, path, origin, why);

	assert_true(err == ERR_OK || err == ERR_PROTECTED);
	assert_int_equal(err == ERR_OK, why[0] == '\0');
	return err == ERR_OK;
}

static int set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	return 0;
}

static void what_an_attacker_drops_may_be_taken(void **state)
{
	static const char *const paths[] = {
		"/tmp/x",  "/var/tmp/.x/kworker", "/dev/shm/sh",	 "/home/bob/bash",
		"/root/a", "/opt/m/miner",	  "/usr/local/bin/sshd", "/var/www/html/c.php",
		"/x",	   "/srv/init",		  "/var/lib/caltrop2/x"};

	(void)state;
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_true(may(paths[i], ORIGIN_RULE));
		assert_true(may(paths[i], ORIGIN_ORDER));
	}
}

static void nobody_takes_what_log_ins_and_the_guard_need(void **state)
{
	static const char *const paths[] = {"/usr/sbin/sshd",
					    "/bin/busybox",
					    "/usr/bin/bash",
					    "/usr/lib/x86_64-linux-gnu/libc.so.6",
					    "/lib/ld-musl-aarch64.so.1",
					    "/usr/lib/x86_64-linux-gnu/security/pam_unix.so",
					    "/usr/lib/systemd/systemd",
					    "/etc/passwd",
					    "/etc/shadow",
					    "/etc/ssh/sshd_config",
					    "/etc/ssh/sshd_config.d/a.conf",
					    "/etc/pam.d/sshd",
					    "/etc/sudoers",
					    "/boot/vmlinuz",
					    "/usr/lib/modules/6.1.0/kernel/fs/ext4/ext4.ko",
					    "/etc/caltrop/caltrop.conf",
					    "/var/lib/caltrop/actor/journal",
					    "/run/caltrop/caltrop.sock",
					    "/root/.ssh/authorized_keys",
					    "/home/bob/.ssh/rc"};

	(void)state;
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_false(may(paths[i], ORIGIN_RULE));
		assert_false(may(paths[i], ORIGIN_ORDER));
	}
}

static void only_an_order_takes_another_file_of_the_system(void **state)
{
	static const char *const paths[] = {"/usr/bin/nc", "/etc/cron.d/x", "/etc/ld.so.preload",
					    "/usr/lib/libprocesshider.so"};

	(void)state;
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_false(may(paths[i], ORIGIN_RULE));
		assert_true(may(paths[i], ORIGIN_ORDER));
	}
}

static void files_of_accounts_are_known_where_the_settings_have_them(void **state)
{
	(void)state;
	memcpy(settings.shadow, "/overlay/etc/shadow", 20);
	assert_false(may("/overlay/etc/shadow", ORIGIN_ORDER));
	assert_false(may("/overlay/etc/passwd", ORIGIN_ORDER));
	assert_false(may("/etc/passwd", ORIGIN_ORDER));
	assert_true(may("/overlay/etc/passwd2", ORIGIN_ORDER));
	assert_true(may("/overlay/passwd", ORIGIN_ORDER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_an_attacker_drops_may_be_taken, set_up),
		cmocka_unit_test_setup(nobody_takes_what_log_ins_and_the_guard_need, set_up),
		cmocka_unit_test_setup(only_an_order_takes_another_file_of_the_system, set_up),
		cmocka_unit_test_setup(files_of_accounts_are_known_where_the_settings_have_them, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
