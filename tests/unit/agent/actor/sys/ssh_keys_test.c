/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/sys/ssh_keys.h"

#include "agent/base/require.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE                \
	"/tmp/ssh_keys_test.XX" \
	"XX"                    \
	"XX"
#define KEY "ssh-ed25519 AAAA alice@desk\n"
#define FIRST (1 << SSH_KEYS_FIRST)
#define SECOND (1 << SSH_KEYS_SECOND)
#define LINK (1 << SSH_KEYS_LINK)

static char home[64], path[160];
static struct ssh_keys_owner owner;
static struct ssh_keys_aside aside;
static struct ssh_keys_back back;

static const char *in_home(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static void put(const char *name, const char *text)
{
	int fd = open(in_home(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static bool holds(const char *name, const char *text)
{
	return files_is(home, name, text);
}

static const char *name_aside(const char *name)
{
	static char text[96];

	snprintf(text, sizeof(text), "%s.caltrop-7-%08x", name, aside.number);
	return text;
}

static unsigned present(void)
{
	uint8_t places;

	assert_int_equal(ssh_keys_present(&owner, &places), ERR_OK);
	return places;
}

static int set_up(void **state)
{
	(void)state;
	memcpy(home, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(home) != NULL);
	/* Not root's places: the account is another when root runs the test. */
	owner = (struct ssh_keys_owner){home, home, geteuid() ? geteuid() : 4242};
	require(mkdir(in_home(".ssh"), 0700) == 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(home);
}

static void set_aside_and_back_is_what_it_was(void **state)
{
	(void)state;
	put(".ssh/authorized_keys", KEY);
	put(".ssh/authorized_keys2", "old\n");
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(aside.places, FIRST | SECOND);
	assert_int_equal(present(), FIRST | SECOND);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(present(), 0);
	assert_true(holds(name_aside(".ssh/authorized_keys"), KEY));
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(ssh_keys_put_back(&owner, &aside, &back), ERR_OK);
	assert_int_equal(back.back, FIRST | SECOND);
	assert_true(holds(".ssh/authorized_keys", KEY));
	assert_true(holds(".ssh/authorized_keys2", "old\n"));
	assert_int_equal(ssh_keys_put_back(&owner, &aside, &back), ERR_OK);
	assert_int_equal(back.there, FIRST | SECOND);
}

static void put_back_after_half_of_it_is_whole(void **state)
{
	(void)state;
	put(".ssh/authorized_keys", KEY);
	put(".ssh/authorized_keys2", "old\n");
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	put(name_aside(".ssh/authorized_keys"), KEY);
	unlink(in_home(".ssh/authorized_keys"));
	assert_int_equal(ssh_keys_put_back(&owner, &aside, &back), ERR_OK);
	assert_int_equal(back.back, FIRST);
	assert_int_equal(back.there, SECOND);
	assert_true(holds(".ssh/authorized_keys", KEY) && holds(".ssh/authorized_keys2", "old\n"));
}

static void put_back_keeps_what_somebody_made_meanwhile(void **state)
{
	(void)state;
	put(".ssh/authorized_keys", KEY);
	put(".ssh/authorized_keys2", "old\n");
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	put(".ssh/authorized_keys", "new\n");
	put(name_aside(".ssh/authorized_keys2"), "evil\n");
	assert_int_equal(ssh_keys_put_back(&owner, &aside, &back), ERR_OK);
	assert_int_equal(back.in_way, FIRST);
	assert_int_equal(back.changed, SECOND);
	assert_int_equal(back.back, 0);
	assert_true(holds(".ssh/authorized_keys", "new\n"));
	assert_true(holds(name_aside(".ssh/authorized_keys"), KEY));
	assert_int_equal(present(), FIRST);
}

static void new_keys_are_set_aside_and_not_put_back(void **state)
{
	(void)state;
	put(".ssh/authorized_keys", KEY);
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	put(".ssh/authorized_keys", "evil\n");
	put(".ssh/authorized_keys2", "evil\n");
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(present(), 0);
	assert_int_equal(ssh_keys_put_back(&owner, &aside, &back), ERR_OK);
	assert_int_equal(back.back, FIRST);
	assert_true(holds(".ssh/authorized_keys", KEY));
	assert_int_equal(present(), FIRST);
}

/* sshd follows it, and a rename of what it points to would follow it, too. */
static void linked_directory_is_set_aside_as_the_link(void **state)
{
	char target[96];

	(void)state;
	snprintf(target, sizeof(target), "%s/keys", home);
	require(rename(in_home(".ssh"), target) == 0);
	put("keys/authorized_keys", KEY);
	require(symlink(target, in_home(".ssh")) == 0 && lchown(path, owner.uid, (gid_t)-1) == 0);
	assert_false(ssh_keys_let_in(&owner));
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(aside.places, LINK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(present(), 0);
	assert_false(holds(".ssh/authorized_keys", KEY));
	assert_int_equal(ssh_keys_put_back(&owner, &aside, &back), ERR_OK);
	assert_int_equal(back.back, LINK);
	assert_true(holds(".ssh/authorized_keys", KEY));
}

static void link_for_a_file_moves_and_its_target_stays(void **state)
{
	struct stat st;

	(void)state;
	require(symlink("/etc/passwd", in_home(".ssh/authorized_keys")) == 0);
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(lstat(in_home(".ssh/authorized_keys"), &st), -1);
	assert_int_equal(lstat(in_home(name_aside(".ssh/authorized_keys")), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat("/etc/passwd", &st), 0);
}

static void keys_of_others_are_none(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	put(".ssh/authorized_keys", KEY);
	require(chown(path, 777, 777) == 0);
	assert_int_equal(present(), 0);
	require(chown(path, 0, 0) == 0 && chown(in_home(".ssh"), 777, 777) == 0);
	assert_int_equal(present(), 0);
	owner.home = "/nonexistent";
	assert_int_equal(present(), 0);
}

static void root_has_keys_where_dropbear_looks_too(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	require(mkdir(in_home("dropbear"), 0755) == 0);
	put("dropbear/authorized_keys", KEY);
	assert_int_equal(present(), 0);
	owner.uid = 0;
	assert_int_equal(present(), 1 << SSH_KEYS_DROPBEAR);
	assert_true(ssh_keys_let_in(&owner));
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(present(), 0);
	assert_true(holds(name_aside("dropbear/authorized_keys"), KEY));
}

static void only_a_key_without_options_surely_lets_in(void **state)
{
	(void)state;
	assert_false(ssh_keys_let_in(&owner));
	put(".ssh/authorized_keys", "# nothing\n\n");
	assert_false(ssh_keys_let_in(&owner));
	put(".ssh/authorized_keys", "command=\"/bin/backup\" ssh-ed25519 AAAA\n");
	assert_false(ssh_keys_let_in(&owner));
	put(".ssh/authorized_keys", "# mine\n  " KEY);
	assert_true(ssh_keys_let_in(&owner));
	require(chmod(path, 0622) == 0);
	assert_false(ssh_keys_let_in(&owner));
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void keys_that_were_set_aside_are_known_ever_after(void **state)
{
	(void)state;
	assert_false(ssh_keys_ever(&owner));
	put(".ssh/authorized_keys.old", KEY);
	assert_false(ssh_keys_ever(&owner));
	put(".ssh/authorized_keys2", KEY);
	assert_true(ssh_keys_ever(&owner));
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	assert_int_equal(present(), 0);
	assert_true(ssh_keys_ever(&owner));
}

static void plan_says_where_each_file_goes(void **state)
{
	char text[512], expected[512];
	struct buf b = buf_over(text, sizeof(text));
	int len;

	(void)state;
	put(".ssh/authorized_keys", KEY);
	put(".ssh/authorized_keys2", KEY);
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	ssh_keys_text(&b, &owner, &aside);
	len = snprintf(expected, sizeof(expected), "%s/.ssh/%s ", home, name_aside("authorized_keys"));
	snprintf(expected + len, sizeof(expected) - (size_t)len, "%s/.ssh/%s", home, name_aside("authorized_keys2"));
	assert_true(str_equal(buf_str(&b), str_from(expected)));
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, NULL), ERR_OK);
	snprintf(expected, sizeof(expected), ".ssh/%s", name_aside("authorized_keys2"));
	assert_true(holds(expected, KEY));
}

static enum err count_dir(void *context, int dir)
{
	struct stat st;

	require(fstat(dir, &st) == 0 && S_ISDIR(st.st_mode));
	++*(unsigned *)context;
	return ERR_OK;
}

static void directories_are_handed_to_who_syncs_them(void **state)
{
	unsigned count = 0;
	const struct ssh_keys_sync later = {count_dir, &count};

	(void)state;
	assert_int_equal(ssh_keys_plan(&owner, 7, &aside), ERR_OK);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, &later), ERR_OK);
	assert_int_equal(count, 0);
	put(".ssh/authorized_keys", KEY);
	assert_int_equal(ssh_keys_set_aside(&owner, &aside, &later), ERR_OK);
	assert_int_equal(count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OWN(set_aside_and_back_is_what_it_was),
		OWN(put_back_after_half_of_it_is_whole),
		OWN(put_back_keeps_what_somebody_made_meanwhile),
		OWN(new_keys_are_set_aside_and_not_put_back),
		OWN(linked_directory_is_set_aside_as_the_link),
		OWN(link_for_a_file_moves_and_its_target_stays),
		OWN(keys_of_others_are_none),
		OWN(root_has_keys_where_dropbear_looks_too),
		OWN(only_a_key_without_options_surely_lets_in),
		OWN(keys_that_were_set_aside_are_known_ever_after),
		OWN(plan_says_where_each_file_goes),
		OWN(directories_are_handed_to_who_syncs_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
