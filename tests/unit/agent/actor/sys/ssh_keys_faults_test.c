/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever call fails: no key is lost, what is said to be set aside lets nobody in, and what is planned is true. */
#include "agent/actor/sys/ssh_keys.h"

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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE           \
	"/tmp/ssh_keys.XX" \
	"XX"               \
	"XX"
#define KEY "ssh-ed25519 AAAA alice@desk\n"
#define KEYS 2 /* each in a file of its own */

static char home[64];
static struct ssh_keys_owner owner;
static const int errors[] = {EIO, EINVAL};

static const char *at(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && write(fd, KEY, strlen(KEY)) == (ssize_t)strlen(KEY));
	close(fd);
}

static void with_keys(void *context)
{
	(void)context;
	(void)files_remove(home);
	require(mkdir(home, 0755) == 0 && mkdir(at(".ssh"), 0700) == 0);
	put(".ssh/authorized_keys");
	put(".ssh/authorized_keys2");
}

static int set_up(void **state)
{
	(void)state;
	memcpy(home, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(home) != NULL);
	owner = (struct ssh_keys_owner){home, home, geteuid() ? geteuid() : 1000};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(home);
}

/* How many files of ~/.ssh have the key, under whatever name. */
static unsigned keys_there(void)
{
	DIR *dir = opendir(at(".ssh"));
	const struct dirent *entry;
	unsigned count = 0;

	require(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		char bytes[64];
		ssize_t got = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : -1;

		count += got == (ssize_t)strlen(KEY) && memcmp(bytes, KEY, (size_t)got) == 0;
		if (fd >= 0)
			close(fd);
	}
	closedir(dir);
	return count;
}

enum { PLANNED = 1, SET_ASIDE = 2, PUT_BACK = 4 };

static int aside_and_back(void *context)
{
	struct ssh_keys_aside aside;
	struct ssh_keys_back back;
	uint8_t places;
	int done = 0;

	(void)context;
	if (ssh_keys_plan(&owner, 7, &aside) != ERR_OK)
		return 0;
	done |= PLANNED;
	require(aside.places == (1 << SSH_KEYS_FIRST | 1 << SSH_KEYS_SECOND));
	if (ssh_keys_set_aside(&owner, &aside, NULL) == ERR_OK) {
		faults_hold();
		require(ssh_keys_present(&owner, &places) == ERR_OK && places == 0);
		require(ssh_keys_ever(&owner));
		done |= SET_ASIDE;
		faults_begin();
	}
	/* Whether or not that went well. */
	if (ssh_keys_put_back(&owner, &aside, &back) == ERR_OK) {
		faults_hold();
		require(ssh_keys_present(&owner, &places) == ERR_OK && places == aside.places);
		require((back.back | back.there | back.in_way) == aside.places && !back.changed);
		done |= PUT_BACK;
	}
	return done;
}

static void no_key_is_lost(void *context, const struct faults_run *run)
{
	(void)context;
	assert_int_equal(keys_there(), KEYS);
	if (run->call < 0)
		assert_int_equal(run->result, PLANNED | SET_ASIDE | PUT_BACK);
}

static void no_key_is_lost_whatever_call_fails(void **state)
{
	(void)state;
	if (!faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], with_keys, aside_and_back, no_key_is_lost, NULL};

		assert_true(faults_each(&f) > 30);
	}
}

/* -- what is seen -- */

static int look(void *context)
{
	bool ever = ssh_keys_ever(&owner), in = ssh_keys_let_in(&owner);
	uint8_t places;
	enum err err = ssh_keys_present(&owner, &places);

	(void)context;
	return (ever ? 1 : 0) | (in ? 2 : 0) | (err == ERR_OK && places ? 4 : 0) | (err != ERR_OK ? 8 : 0);
}

/* That there are none is never said of keys that could not be seen. */
static void none_are_overlooked(void *context, const struct faults_run *run)
{
	(void)context;
	assert_true(run->result & (4 | 8));
	if (run->call < 0)
		assert_int_equal(run->result, 1 | 2 | 4);
}

static void without_keys(void *context)
{
	(void)context;
	(void)files_remove(home);
	require(mkdir(home, 0755) == 0 && mkdir(at(".ssh"), 0700) == 0);
}

static void nobody_is_let_in(void *context, const struct faults_run *run)
{
	(void)context;
	assert_false(run->result & (1 | 2 | 4));
}

static void keys_are_seen_or_it_is_said_that_they_are_not(void **state)
{
	(void)state;
	if (!faults_possible())
		skip();
	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct faults f = {errors[i], with_keys, look, none_are_overlooked, NULL};
		const struct faults none = {errors[i], without_keys, look, nobody_is_let_in, NULL};

		assert_true(faults_each(&f) > 20);
		assert_true(faults_each(&none) > 10);
	}
}

static void only_a_plain_file_with_a_key_lets_in(void **state)
{
	static const char *const kinds[] = {"ssh-rsa A\n", "ecdsa-sha2-nistp256 A\n", "# none\n\n  sk-ssh A\n"};
	static const char *const none[] = {"", "# ssh-rsa A\n", "command=\"/bin/true\" ssh-rsa A\n", "AAAA\n"};

	(void)state;
	without_keys(NULL);
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]) + sizeof(none) / sizeof(none[0]); i++) {
		bool lets = i < sizeof(kinds) / sizeof(kinds[0]);
		const char *text = lets ? kinds[i] : none[i - sizeof(kinds) / sizeof(kinds[0])];
		int fd = open(at(".ssh/authorized_keys"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
		close(fd);
		assert_int_equal(ssh_keys_let_in(&owner), lets);
	}
	put(".ssh/authorized_keys");
	require(chmod(at(".ssh/authorized_keys"), 0666) == 0);
	assert_false(ssh_keys_let_in(&owner));
	require(unlink(at(".ssh/authorized_keys")) == 0 && mkfifo(at(".ssh/authorized_keys"), 0600) == 0);
	assert_false(ssh_keys_let_in(&owner));
	/* Where the home is no directory, there are none and never were. */
	owner.home = "/dev/null";
	assert_false(ssh_keys_let_in(&owner) || ssh_keys_ever(&owner));
	owner.home = home;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_key_is_lost_whatever_call_fails),
		TEST(keys_are_seen_or_it_is_said_that_they_are_not),
		TEST(only_a_plain_file_with_a_key_lets_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
