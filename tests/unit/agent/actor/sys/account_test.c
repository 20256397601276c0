/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/account.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE               \
	"/tmp/account_test.XX" \
	"XX"                   \
	"XX"

static char dir[64];
static struct settings settings;

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* HOME of `keys` is the test's own directory. */
static int set_up(void **state)
{
	char text[1024], path[128];

	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) != NULL);
	settings_default(&settings);
	snprintf(settings.shadow, sizeof(settings.shadow), "%s/shadow", dir);
	snprintf(path, sizeof(path), "%s/.ssh", dir);
	require(mkdir(path, 0700) == 0);
	snprintf(text, sizeof(text),
		 "root:x:0:0::/root:/bin/sh\nbackup:x:34:34::/nonexistent:/bin/sh\n"
		 "sshd:x:101:101::/run:/usr/sbin/nologin\n"
		 "caltrop:x:102:102::/nonexistent:/usr/sbin/nologin\ncaltrop-server:x:103:103::/nonexistent:/bin/sh\n"
		 "postgres:x:104:104::/nonexistent:/bin/bash\nkeys:x:%u:104::%s:/bin/sh\n"
		 "alias:x:101:101::/nonexistent:/bin/sh\nsame:x:103:103::/nonexistent:/bin/sh\n"
		 "boss:x:1001:1001::/nonexistent:/bin/sh\nbossy:x:1001:1001::/nonexistent:/bin/sh\n"
		 "old:$6$a$b:9:9::/:\n",
		 geteuid() ? (unsigned)geteuid() : 7000u, dir);
	put("passwd", text);
	put("shadow", "root:$6$a$b:1::::::\nbackup:$6$a$b:1::::::\nsshd:!:1::::::\ncaltrop:!:1::::::\n"
		      "caltrop-server:$6$a$b:1::::::\npostgres:!:1::::::\nkeys:!:1::::::\nalias:$6$a$b:1::::::\n"
		      "same:$6$a$b:1::::::\nboss:$6$a$b:1::::::\nbossy:$6$a$b:1::::::\n");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {".ssh/authorized_keys", ".ssh/authorized_keys.caltrop-7", "passwd",
					    "shadow"};
	char path[128];

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/.ssh", dir);
	(void)rmdir(path);
	return rmdir(dir);
}

/* What a rule hears that wants its sessions ended: "" when it may. */
static const char *answer(const char *name)
{
	static char why[RAILS_WHY_MAX];
	struct account account;
	enum err err;

	why[0] = '\0';
	assert_int_equal(account_find(&settings, name, &account), ERR_OK);
	account.rails.origin = ORIGIN_RULE;
	err = rails_account(&settings, &account.rails, why);
	assert_int_equal(err, why[0] ? ERR_PROTECTED : ERR_OK);
	return why;
}

static void account_to_log_in_with_has_a_shell_and_a_way_in(void **state)
{
	(void)state;
	/* A low user id says nothing: this one has a shell and a password. */
	assert_string_equal(answer("backup"), "");
	assert_string_equal(answer("old"), "");
	assert_string_equal(answer("sshd"), "it is no account to log in with: its shell lets nobody in");
	assert_string_equal(answer("postgres"),
			    "it is no account to log in with: neither a password nor SSH keys let anybody in");
}

static void account_with_keys_is_one_also_after_they_were_set_aside(void **state)
{
	(void)state;
	assert_string_not_equal(answer("keys"), "");
	put(".ssh/authorized_keys.caltrop-7", "ssh-ed25519 A\n");
	assert_string_equal(answer("keys"), "");
	put(".ssh/authorized_keys", "ssh-ed25519 A\n");
	assert_string_equal(answer("keys"), "");
}

static void account_of_guard_and_service_is_theirs(void **state)
{
	(void)state;
	assert_string_equal(answer("caltrop"), "it is the user of the guard or of the service");
	assert_string_equal(answer("caltrop-server"), "it is the user of the guard or of the service");
	assert_string_equal(answer("same"), "it is the user of the guard or of the service");
	assert_string_equal(answer("root"), "only an order may do that to root");
}

static void account_under_another_name_is_what_that_one_is(void **state)
{
	(void)state;
	assert_string_equal(answer("alias"), "it has the user id of 'sshd', which rules leave alone");
	assert_string_equal(answer("bossy"), "");
	memcpy(settings.protect[1], "boss", 5);
	settings.protect_count = 2;
	assert_string_equal(answer("bossy"), "it has the user id of 'boss', which rules leave alone");
}

/* Or a reset would call an account's password unusable, and leave it. */
static void account_is_not_judged_by_a_shadow_file_that_cannot_be_read(void **state)
{
	struct settings s;
	struct account a;

	(void)state;
	s = settings;
	snprintf(s.shadow, sizeof(s.shadow), "%s/.ssh", dir);
	assert_int_equal(account_find(&s, "postgres", &a), ERR_TOO_LONG);
	snprintf(s.shadow, sizeof(s.shadow), "%s/nosuch", dir);
	assert_int_equal(account_find(&s, "postgres", &a), ERR_OK);
	assert_false(a.has_password);
	assert_int_equal(account_find(&s, "old", &a), ERR_OK);
	assert_true(a.has_password);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(account_to_log_in_with_has_a_shell_and_a_way_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(account_with_keys_is_one_also_after_they_were_set_aside, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(account_of_guard_and_service_is_theirs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(account_under_another_name_is_what_that_one_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(account_is_not_judged_by_a_shadow_file_that_cannot_be_read, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
