/* SPDX-License-Identifier: Apache-2.0 */
/* Which files say who can come in, and that none of them is taken to say more than it does when it cannot be read. */
#include "agent/actor/sys/ways_files.h"

#include "agent/base/require.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE             \
	"/tmp/ways_files.XX" \
	"XX"                 \
	"XX"
#define BOB_MAY "bob ALL=(ALL:ALL) ALL\n"
#define BOB_MAY_NOT "bob ALL=(ALL:ALL) !ALL\n"

static char dir[64], shadow[256], why[WAYS_WHY_MAX];

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void put_passwd(const char *more)
{
	char text[512];

	snprintf(
		text, sizeof(text),
		"root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n%s",
		more);
	put("passwd", text);
}

/* ann administers, by a password; bob only can log in; root cannot. */
static int set_up(void **state)
{
	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) != NULL);
	require(mkdir(at("sudoers.d"), 0755) == 0 && mkdir(at("ssh"), 0755) == 0 &&
		mkdir(at("ssh/sshd_config.d"), 0755) == 0);
	snprintf(shadow, sizeof(shadow), "%s/shadow", dir);
	put_passwd("");
	put("shadow", "root:*:1::::::\nann:$6$a:1::::::\nbob:$6$b:1::::::\n");
	put("group", "root:x:0:\nsudo:x:27:ann\n");
	put("sudoers", "Defaults env_reset\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n");
	put("ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(dir);
}

static enum err check(const char *account, bool keys)
{
	const struct ways_asked asked = {shadow, account, "/home/ann", keys, INT64_C(86400) * 20000};

	why[0] = '\0';
	return ways_files_check(&asked, why);
}

static bool is_last(const char *account)
{
	enum err err = check(account, false);

	if (err == ERR_PROTECTED)
		assert_string_equal(why, "it is the last way in for an administrator");
	else
		assert_int_equal(err, ERR_OK);
	return err == ERR_PROTECTED;
}

static void a_part_of_sudoers_makes_another_administrator(void **state)
{
	(void)state;
	assert_true(is_last("ann"));
	assert_false(is_last("bob"));
	put("sudoers.d/bob", BOB_MAY);
	assert_false(is_last("ann"));
	/* Not where sudoers does not include them. */
	put("sudoers", "%sudo ALL=(ALL:ALL) ALL\n@includedir /usr/local/etc\n#includedir none\n");
	assert_true(is_last("ann"));
	put("sudoers", "%sudo ALL=(ALL:ALL) ALL\n#includedir /etc/sudoers.d\n");
	assert_false(is_last("ann"));
}

static void parts_that_sudo_does_not_read_are_not_read(void **state)
{
	(void)state;
	put("sudoers.d/bob.off", BOB_MAY);
	put("sudoers.d/bob~", BOB_MAY);
	put("sudoers.d/.bob", BOB_MAY);
	assert_true(is_last("ann"));
}

static void parts_are_read_in_the_order_of_their_names(void **state)
{
	static const char off[] = "PermitRootLogin no\n";
	struct ways_files f;

	(void)state;
	put("sudoers.d/b", "# second\n");
	put("sudoers.d/c", "# third\n");
	put("sudoers.d/a", "# first\n");
	assert_int_equal(ways_files_read(&f, shadow, 20000), ERR_OK);
	assert_true(str_ends(f.ways.sudoers, STR("# first\n\n# second\n\n# third\n\n")));
	assert_true(f.ways.sshd.home_keys && f.ways.sshd.root_keys);
	ways_files_close(&f);
	/* sshd's parts, of which it reads those of its pattern. */
	put("ssh/sshd_config.d/x.conf~", off);
	put("ssh/sshd_config.d/.x.conf", off);
	assert_true(ways_files_sshd(dir).root_keys);
	put("ssh/sshd_config.d/x.conf", off);
	assert_false(ways_files_sshd(dir).root_keys);
}

/* Whoever is an administrator by what was not read: the usual groups count, and the account itself may be one. */
static bool is_unknown(void)
{
	struct ways_files f;
	bool unknown;

	assert_int_equal(ways_files_read(&f, shadow, 20000), ERR_OK);
	unknown = f.ways.sudoers_unknown;
	ways_files_close(&f);
	return unknown;
}

static void what_is_not_read_whole_is_unknown(void **state)
{
	static char long_text[WAYS_FILES_TEXT_MAX + 2];
	char name[32];

	(void)state;
	assert_false(is_unknown());
	put("doas.conf", "permit ann\n");
	assert_true(is_unknown());
	require(unlink(at("doas.conf")) == 0 && mkdir(at("doas.d"), 0755) == 0);
	assert_true(is_unknown());
	require(rmdir(at("doas.d")) == 0);
	require(mkfifo(at("sudoers.d/pipe"), 0600) == 0);
	assert_true(is_unknown());
	require(unlink(at("sudoers.d/pipe")) == 0);
	for (unsigned i = 0; i <= WAYS_FILES_MAX; i++) {
		assert_false(is_unknown());
		snprintf(name, sizeof(name), "sudoers.d/%02u", i);
		put(name, "# nothing\n");
	}
	assert_true(is_unknown());
	memset(long_text, '#', sizeof(long_text) - 1);
	put("sudoers", long_text);
	assert_true(is_unknown());
	require(unlink(at("sudoers")) == 0);
	assert_false(is_unknown());
	require(symlink("sudoers", at("sudoers")) == 0);
	assert_true(is_unknown());
}

/* A link to nothing is no end of the list: what is behind it may take back what stands before it. */
static void part_that_is_missing_gives_nobody_a_way_in(void **state)
{
	(void)state;
	put("sudoers.d/a", BOB_MAY);
	assert_false(is_last("ann"));
	require(symlink("nothing", at("sudoers.d/b")) == 0);
	put("sudoers.d/c", BOB_MAY_NOT);
	assert_true(is_last("ann"));
	require(symlink("nothing", at("ssh/sshd_config.d/a.conf")) == 0);
	assert_false(ways_files_sshd(dir).home_keys);
}

static void no_parts_are_no_error_and_what_is_no_directory_is(void **state)
{
	(void)state;
	require(rmdir(at("sudoers.d")) == 0);
	assert_false(is_unknown());
	put("sudoers.d", "no directory");
	assert_true(is_unknown());
}

static void keys_are_not_sure_where_sshds_settings_are_not_known(void **state)
{
	struct ways_sshd s = ways_files_sshd(dir);

	(void)state;
	assert_true(s.home_keys && s.root_keys && s.others == 0);
	put("hosts.equiv", "");
	assert_int_equal(ways_files_sshd(dir).others, WAYS_HOSTS);
	require(unlink(at("hosts.equiv")) == 0);
	put("ssh/shosts.equiv", "");
	assert_int_equal(ways_files_sshd(dir).others, WAYS_HOSTS);
	require(mkfifo(at("ssh/sshd_config.d/pipe.conf"), 0600) == 0);
	s = ways_files_sshd(dir);
	assert_false(s.home_keys || s.root_keys);
	s = ways_files_sshd(at("nowhere"));
	assert_false(s.home_keys || s.root_keys);
}

static void each_setting_that_limits_keys_makes_them_unsure(void **state)
{
	static const char *const limits[] = {
		"Include /etc/ssh/more.conf\n", "PubkeyAuthentication no\n", "AllowGroups ssh\n", "Match User bob\n",
		"AuthorizedKeysFile none\n",	"ForceCommand /bin/true\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		assert_false(ways_sshd_read(str_from(limits[i])).home_keys);
	assert_true(ways_sshd_read(STR("PubkeyAuthentication yes\nInclude /etc/ssh/sshd_config.d/*.conf\n")).home_keys);
	assert_true(ways_sshd_read(STR("AuthorizedKeysFile  .ssh/authorized_keys2\n\nPort=22\n")).home_keys);
}

static void keys_that_another_account_has_too_are_not_taken(void **state)
{
	(void)state;
	put("sudoers.d/bob", BOB_MAY);
	assert_int_equal(check("ann", true), ERR_OK);
	put_passwd("an_account_of_a_name_that_is_longer_than_a_line:x:1002:1002::/home/ann:/bin/sh\n");
	assert_int_equal(check("ann", true), ERR_PROTECTED);
	assert_string_equal(why, "its SSH keys in /home/ann are also those of 'an_account_of_a_name_that_is_lon'");
	assert_int_equal(check("ann", false), ERR_OK);
	put_passwd("web:x:33:33::/home/ann:/bin/sh\n");
	assert_int_equal(check("ann", true), ERR_PROTECTED);
	assert_string_equal(why, "its SSH keys in /home/ann are also those of 'web'");
}

static void account_files_that_cannot_be_read_are_an_error(void **state)
{
	static const char *const names[] = {"passwd", "shadow", "group"};

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char other[256];

		snprintf(other, sizeof(other), "%s", at("aside"));
		require(rename(at(names[i]), other) == 0 && mkdir(at(names[i]), 0755) == 0);
		assert_int_not_equal(check("bob", false), ERR_OK);
		assert_non_null(strstr(why, "whether it is the last way in could not be read: "));
		require(rmdir(at(names[i])) == 0);
		snprintf(other, sizeof(other), "%s", at(names[i]));
		require(rename(at("aside"), other) == 0);
	}
	assert_int_equal(check("bob", false), ERR_OK);
	snprintf(shadow, sizeof(shadow), "%s", at("nowhere/shadow"));
	assert_int_not_equal(check("bob", false), ERR_OK);
}

/* -- whatever call fails -- */

static int check_once(void *context)
{
	enum err err = check(context, true);

	require((err == ERR_OK) == (why[0] == '\0'));
	return err;
}

static void is_never_said_to_leave_a_way_in(void *context, const struct faults_run *run)
{
	(void)context;
	assert_int_not_equal(run->result, ERR_OK);
	if (run->call < 0)
		assert_int_equal(run->result, ERR_PROTECTED);
}

static void is_let_go_when_all_could_be_read(void *context, const struct faults_run *run)
{
	(void)context;
	if (run->call < 0)
		assert_int_equal(run->result, ERR_OK);
}

static void last_way_in_is_protected_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, EACCES};

	(void)state;
	if (!faults_possible())
		skip();
	/* What could make bob one, and surely does not. */
	put("sudoers.d/a", BOB_MAY);
	put("sudoers.d/b", BOB_MAY_NOT);
	put("ssh/sshd_config.d/x.conf", "Port 22\n");
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct faults f = {.error = errors[i],
				   .work = check_once,
				   .after = is_never_said_to_leave_a_way_in,
				   .context = (void *)(uintptr_t) "ann"};

		assert_true(faults_each(&f) > 30);
		f.after = is_let_go_when_all_could_be_read;
		f.context = (void *)(uintptr_t) "nosuch";
		assert_true(faults_each(&f) > 30);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_part_of_sudoers_makes_another_administrator),
		TEST(parts_that_sudo_does_not_read_are_not_read),
		TEST(parts_are_read_in_the_order_of_their_names),
		TEST(what_is_not_read_whole_is_unknown),
		TEST(part_that_is_missing_gives_nobody_a_way_in),
		TEST(no_parts_are_no_error_and_what_is_no_directory_is),
		TEST(keys_are_not_sure_where_sshds_settings_are_not_known),
		TEST(each_setting_that_limits_keys_makes_them_unsure),
		TEST(keys_that_another_account_has_too_are_not_taken),
		TEST(account_files_that_cannot_be_read_are_an_error),
		TEST(last_way_in_is_protected_whatever_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
