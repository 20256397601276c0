/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/ways.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TODAY 20000
#define DEBIAN "Defaults\tenv_reset\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n"

static const char *with_keys; /* homes of accounts that keys let in, each with a space behind it */

static bool keys(void *context, const char *home, uid_t uid)
{
	(void)context;
	(void)uid;
	return strstr(with_keys, home) != NULL;
}

static struct ways ways;

static void accounts(const char *passwd, const char *shadow)
{
	ways.passwd = str_from(passwd);
	ways.shadow = str_from(shadow);
}

static int set_up(void **state)
{
	(void)state;
	with_keys = "";
	ways = (struct ways){.today = TODAY, .keys = keys, .sshd = ways_sshd_read(STR_NONE)};
	ways.group = STR("root:x:0:\nsudo:x:27:ann\nwheel:x:10:\nusers:x:100:ann,bob\n");
	ways.sudoers = STR(DEBIAN);
	accounts("root:x:0:0::/root:/bin/bash\nsshd:x:101:101::/run:/usr/sbin/nologin\n"
		 "ann:x:1000:1000::/home/ann:/bin/bash\nbob:x:1001:1001::/home/bob:/bin/bash\n",
		 "root:*:1:0:99999:7:::\nsshd:!:1::::::\nann:$6$a:1:0:99999:7:::\nbob:$6$b:1:0:99999:7:::\n");
	return 0;
}

static void only_administrator_is_the_last_and_others_are_not(void **state)
{
	(void)state;
	assert_true(ways_is_last(&ways, "ann"));
	assert_false(ways_is_last(&ways, "bob"));
	assert_false(ways_is_last(&ways, "sshd"));
	assert_false(ways_is_last(&ways, "nobody"));
}

static void administrator_is_not_the_last_beside_another(void **state)
{
	(void)state;
	ways.shadow = STR("root:$6$r:1::::::\nann:$6$a:1::::::\nbob:$6$b:1::::::\n");
	assert_false(ways_is_last(&ways, "ann"));
	assert_false(ways_is_last(&ways, "root"));
	ways.shadow = STR("root:$6$r:1::::::\nann:!$6$a:1::::::\nbob:$6$b:1::::::\n");
	assert_true(ways_is_last(&ways, "root"));
}

static void administrator_by_keys_alone_is_a_way_in(void **state)
{
	(void)state;
	with_keys = "/root ";
	assert_false(ways_is_last(&ways, "ann"));
	ways.sshd = ways_sshd_read(STR("PermitRootLogin no\n"));
	assert_true(ways_is_last(&ways, "ann"));
	ways.sshd = ways_sshd_read(STR("PermitRootLogin prohibit-password\n"));
	assert_false(ways_is_last(&ways, "ann"));
	ways.sshd = ways_sshd_read(STR("AuthorizedKeysFile /etc/ssh/keys/%u\n"));
	assert_true(ways_is_last(&ways, "ann"));
}

/* Who has keys only has no password to give to sudo. */
static void keys_administer_where_no_password_is_asked_for(void **state)
{
	(void)state;
	with_keys = "/home/bob ";
	ways.shadow = STR("root:*:1::::::\nann:$6$a:1::::::\nbob:!:1::::::\n");
	ways.sudoers = STR(DEBIAN "bob ALL=(ALL:ALL) ALL\n");
	assert_true(ways_is_last(&ways, "ann"));
	ways.sudoers = STR(DEBIAN "bob ALL=(ALL) NOPASSWD:ALL\n");
	assert_false(ways_is_last(&ways, "ann"));
	assert_false(ways_is_last(&ways, "bob"));
	ways.sudoers = STR(DEBIAN "bob ALL=(ALL) NOPASSWD: /usr/bin/rsync\n");
	assert_true(ways_is_last(&ways, "ann"));
	/* The last row decides. */
	ways.sudoers = STR("bob ALL=(ALL) NOPASSWD:ALL\nbob ALL = (root) PASSWD: ALL\n");
	assert_true(ways_is_last(&ways, "ann"));
}

static void group_administers_by_its_row_and_by_its_name_where_sudoers_is_unknown(void **state)
{
	(void)state;
	ways.group = STR("sudo:x:27:\nwheel:x:1001:\nops:x:200:bob\n");
	assert_false(ways_is_last(&ways, "ann")); /* Administers nothing, and bob can log in. */
	ways.group = STR("sudo:x:27:ann\nwheel:x:1001:\nops:x:200:bob\n");
	assert_true(ways_is_last(&ways, "ann"));
	ways.sudoers = STR(DEBIAN "%ops ALL=(ALL) ALL\n");
	assert_false(ways_is_last(&ways, "ann"));
	ways.sudoers = STR_NONE;
	assert_true(ways_is_last(&ways, "ann"));
	ways.sudoers_unknown = true;
	assert_false(ways_is_last(&ways, "ann")); /* bob's first group is wheel */
}

static void expired_and_locked_administrators_are_none(void **state)
{
	(void)state;
	ways.shadow = STR("root:$6$r:1:0:99999:7::19999:\nann:$6$a:1::::::\nbob:$6$b:1::::::\n");
	assert_true(ways_is_last(&ways, "ann"));
	ways.shadow = STR("root:$6$r:1:0:99999:7::20001:\nann:$6$a:1::::::\nbob:$6$b:1::::::\n");
	assert_false(ways_is_last(&ways, "ann"));
	ways.shadow = STR("root:$6$r:19000:0:90:7:10::\nann:$6$a:1::::::\nbob:$6$b:1::::::\n");
	assert_true(ways_is_last(&ways, "ann"));
	/* No line of its own in shadow. */
	ways.shadow = STR("ann:$6$a:1::::::\nbob:$6$b:1::::::\n");
	assert_true(ways_is_last(&ways, "ann"));
}

static void grant_that_is_not_sure_does_not_count(void **state)
{
	static const char *const rows[] = {
		"Defaults targetpw\nbob ALL=(ALL) ALL\n",
		"bob ALL=(ALL) ALL\nbob ALL=(ALL) !ALL\n",
		"User_Alias OPS = bob\nOPS ALL=(ALL) ALL\n",
		"bob www=(ALL) ALL\n",
		"bob ALL=(www-data) ALL\n",
		"bob ALL=(ALL) \\\n ALL\n",
		"#1001 ALL=(ALL) ALL\n",
		"%nosuch ALL=(ALL) ALL\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ways.sudoers = str_from(rows[i]);
		assert_true(ways_is_last(&ways, "ann"));
	}
	ways.sudoers = STR("bob ALL=(ALL) ALL\n");
	assert_false(ways_is_last(&ways, "ann"));
}

static void last_account_of_all_is_the_last_way_in(void **state)
{
	(void)state;
	accounts("root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n",
		 "root:*:1::::::\nbob:$6$b:1::::::\n");
	ways.sudoers = STR_NONE;
	assert_true(ways_is_last(&ways, "bob"));
	accounts("bob:x:1001:1001::/home/bob:/bin/sh\neve:x:2:2::/home/eve:\n", "bob:$6$b:1::::::\neve:!:1::::::\n");
	assert_true(ways_is_last(&ways, "bob"));
	with_keys = "/home/eve ";
	assert_false(ways_is_last(&ways, "bob"));
}

/* Their keys are the same files, which a lock of one takes from both. */
static void keys_of_a_home_that_both_have_go_with_the_account(void **state)
{
	(void)state;
	with_keys = "/root ";
	accounts("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nweb:x:33:33::/root:/bin/sh\n",
		 "root:$6$r:1::::::\ntoor:*:1::::::\nweb:!:1::::::\n");
	assert_true(ways_is_last(&ways, "root"));
	assert_true(str_equal(ways_home_twin(ways.passwd, "root"), STR("web")));
	accounts("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n", "root:$6$r:1::::::\ntoor:$6$t:1::::::\n");
	assert_false(ways_is_last(&ways, "root"));
	assert_null(ways_home_twin(ways.passwd, "root").data);
}

static void sshd_config_names_what_a_lock_leaves_open(void **state)
{
	char text[WAYS_SSHD_TEXT_MAX];
	struct ways_sshd s = ways_sshd_read(STR("# AuthorizedKeysCommand /bin/x\nPermitRootLogin yes\n"
						"authorizedkeysfile .ssh/authorized_keys %h/.ssh/authorized_keys2\n"
						"AuthorizedKeysCommand none\nHostbasedAuthentication=no\n"));

	(void)state;
	assert_true(s.home_keys && s.root_keys);
	ways_sshd_text(s.others, text);
	assert_string_equal(text, "");
	s = ways_sshd_read(STR("AuthorizedKeysFile\t.ssh/authorized_keys /etc/keys/%u\nHostbasedAuthentication = yes\n"
			       "  AuthorizedKeysCommand /bin/x %u\nTrustedUserCAKeys /ca\nGSSAPIAuthentication yes\n"
			       "AllowUsers ann\nPermitRootLogin forced-commands-only\n"));
	assert_false(s.home_keys || s.root_keys);
	ways_sshd_text(s.others, text);
	assert_string_equal(text, "AuthorizedKeysFile, AuthorizedKeysCommand, TrustedUserCAKeys, hosts.equiv, GSSAPI");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_administrator_is_the_last_and_others_are_not, set_up),
		cmocka_unit_test_setup(administrator_is_not_the_last_beside_another, set_up),
		cmocka_unit_test_setup(administrator_by_keys_alone_is_a_way_in, set_up),
		cmocka_unit_test_setup(keys_administer_where_no_password_is_asked_for, set_up),
		cmocka_unit_test_setup(group_administers_by_its_row_and_by_its_name_where_sudoers_is_unknown, set_up),
		cmocka_unit_test_setup(expired_and_locked_administrators_are_none, set_up),
		cmocka_unit_test_setup(grant_that_is_not_sure_does_not_count, set_up),
		cmocka_unit_test_setup(last_account_of_all_is_the_last_way_in, set_up),
		cmocka_unit_test_setup(keys_of_a_home_that_both_have_go_with_the_account, set_up),
		cmocka_unit_test_setup(sshd_config_names_what_a_lock_leaves_open, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
