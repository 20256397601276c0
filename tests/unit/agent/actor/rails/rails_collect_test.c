/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/rails/rails_collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static struct settings settings;

static void list(const char *path)
{
	snprintf(settings.collect[settings.collect_count++], sizeof(settings.collect[0]), "%s", path);
}

static int set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	settings.collect_count = 0;
	list("/etc/hosts");
	list("/var/log/*.log");
	/* An administrator who lists all of /etc still gives no secret away. */
	list("/etc/*");
	list("/etc/ssh/*");
	list("/root/.ssh/*");
	list("/var/lib/caltrop/actor/*");
	list("/proc/1/*");
	return 0;
}

static bool may(const char *path)
{
	char why[RAILS_COLLECT_WHY_MAX] = "";
	enum err err = rails_collect(&settings, path, why);

	assert_true(err == ERR_OK || (err == ERR_PROTECTED && why[0]));
	return err == ERR_OK;
}

static void only_listed_files_are_taken(void **state)
{
	(void)state;
	assert_true(may("/etc/hosts"));
	assert_true(may("/var/log/auth.log"));
	assert_false(may("/var/log/private/auth.log"));
	assert_false(may("/var/log/auth.txt"));
	assert_false(may("/etc/ssl/openssl.cnf"));
	assert_false(may("/srv/hosts"));
}

static void secrets_are_not_taken_though_listed(void **state)
{
	static const char *const secrets[] = {
		"/etc/shadow",
		"/etc/shadow-",
		"/etc/gshadow",
		"/etc/shadow.bak",
		"/etc/ssh/ssh_host_rsa_key",
		"/root/.ssh/id_rsa",
		"/etc/server.key",
		"/etc/server.pem",
		"/etc/krb5.keytab",
		"/proc/1/environ",
		"/var/lib/caltrop/actor/journal",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		assert_false(may(secrets[i]));
	assert_true(may("/etc/ssh/sshd_config"));
	assert_true(may("/etc/ssh/ssh_host_rsa_key.pub"));
}

static void secrets_are_known_by_their_bytes(void **state)
{
	(void)state;
	assert_true(rails_collect_secret(STR("x\n-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n")));
	assert_true(rails_collect_secret(STR("-----BEGIN PRIVATE KEY-----\n")));
	assert_true(rails_collect_secret(STR("root:$y$j9T$abc$def:19000:0:::::\n")));
	assert_true(rails_collect_secret(STR("x:$2b$12$abcdef:1\n")));
	assert_true(rails_collect_secret(STR("x:$1$abcdef")));
	assert_false(rails_collect_secret(STR("root:x:0:0:root:/root:/bin/sh\nPATH:$HOME/bin:$PATH\n")));
	assert_false(rails_collect_secret(STR("-----BEGIN PUBLIC KEY-----\ncost:$5\n")));
	assert_false(rails_collect_secret(STR("x:$")));
	assert_false(rails_collect_secret(STR("")));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_listed_files_are_taken),
		cmocka_unit_test(secrets_are_not_taken_though_listed),
		cmocka_unit_test(secrets_are_known_by_their_bytes),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
