/* SPDX-License-Identifier: Apache-2.0 */
/* Owners of this program's own sockets, in its own /proc. Needs no root. */
#include "agent/actor/sys/owners.h"

#include "tests/unit/apart.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct owners owners;
static struct actor_owner_answer said;

static int begin(void **unused)
{
	(void)unused;
	memset(&owners, 0, sizeof(owners));
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	owners_forget(&owners);
	close(owners.proc);
	return 0;
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

static enum err ask(uint64_t request, uint32_t inode, uint32_t uid)
{
	struct actor_owner q = {.inode = inode, .uid = uid};

	q.header.request_id = request;
	return owners_ask(&owners, &q, 0, &said);
}

/* Steps until an answer; a second passes where it is waited for. Returns the steps. */
static unsigned answer(void)
{
	int64_t now_us = 0;

	for (unsigned steps = 1; now_us < OWNERS_WAIT_US + SECOND_US; steps++) {
		if (owners_step(&owners, now_us, &said))
			return steps;
		now_us = owners_next_us(&owners, now_us);
	}
	fail_msg("no answer");
	return 0;
}

static void a_socket_s_process_is_found(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned first;

	(void)unused;
	if (!machine_runs_us())
		skip();
	assert_int_equal(ask(5, inode_of(fd), getuid()), ERR_OK);
	first = answer();
	assert_int_equal(said.err, ERR_OK);
	assert_int_equal(said.header.request_id, 5);
	assert_int_equal(said.header.length, message_length(ACTOR_OWNER_ANSWER));
	assert_int_equal(said.pid, getpid());
	assert_memory_equal(said.name, "owners_test", 11);
	assert_true(said.exe_len > 0);
	/* It is looked for where it was found. */
	assert_int_equal(ask(6, inode_of(fd), getuid()), ERR_OK);
	assert_int_equal(answer(), 1);
	assert_true(first > 1);
	assert_int_equal(said.pid, getpid());
	assert_int_equal(owners_next_us(&owners, 7), INT64_MAX);
	close(fd);
}

static void another_user_s_process_is_found_second(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unused;
	assert_int_equal(ask(5, inode_of(fd), getuid() + 1), ERR_OK);
	answer();
	assert_int_equal(said.pid, getpid());
	close(fd);
}

static void what_is_gone_has_no_owner(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t inode = inode_of(fd);

	(void)unused;
	assert_int_equal(ask(5, inode, getuid()), ERR_OK);
	answer();
	assert_int_equal(said.err, ERR_OK);
	close(fd);
	assert_int_equal(ask(6, inode, getuid()), ERR_OK);
	answer();
	assert_int_equal(said.err, ERR_NOT_FOUND);
	assert_int_equal(said.pid, 0);
	assert_int_equal(ask(7, 0, 0), ERR_PROTOCOL);
}

/* The process that was found has ended: another one that has the socket is found, not that one's pid. */
static void a_process_that_ended_is_not_named(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t inode = inode_of(fd);
	pid_t child = fork();

	(void)unused;
	assert_true(child >= 0);
	if (child == 0)
		for (;;)
			pause();
	owners.known[0] = (struct owner_found){(uint32_t)child, (uint32_t)fd, inode};
	assert_int_equal(ask(5, inode, getuid()), ERR_OK);
	answer();
	assert_int_equal(said.pid, child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(ask(6, inode, getuid()), ERR_OK);
	answer();
	assert_int_equal(said.err, ERR_OK);
	assert_int_equal(said.pid, getpid());
	close(fd);
}

static void all_questions_are_answered_by_one_walk(void **unused)
{
	int fds[OWNERS_MAX];
	unsigned one, all = 0;

	(void)unused;
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		fds[i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(ask(1, UINT32_MAX, getuid()), ERR_OK);
	one = answer();
	for (unsigned i = 0; i < OWNERS_MAX; i++)
		assert_int_equal(ask(i + 1, inode_of(fds[i]), getuid()), ERR_OK);
	/* Beyond that one is refused and not kept. */
	assert_int_equal(ask(99, inode_of(fds[0]), getuid()), ERR_BUSY);
	assert_int_equal(said.err, ERR_BUSY);
	assert_int_equal(said.header.request_id, 99);
	for (unsigned i = 0; i < OWNERS_MAX; i++) {
		all += answer();
		assert_int_equal(said.pid, getpid());
		close(fds[i]);
	}
	assert_true(all < 4 * one + 4 * OWNERS_MAX);
}

/* The clock stands still: a second's looks are used up, and nothing is looked at before it passes. */
static void looks_are_limited_and_a_question_is_answered_all_the_same(void **unused)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unused;
	assert_int_equal(ask(1, UINT32_MAX, getuid()), ERR_OK);
	for (unsigned i = 0; i < OWNERS_LOOKS_A_SECOND; i++)
		(void)budget_spend(&owners.looks, 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_false(owners_step(&owners, 0, &said));
	assert_false(owners.walking);
	assert_true(owners_next_us(&owners, 0) >= SECOND_US);
	assert_true(owners_next_us(&owners, 0) <= OWNERS_WAIT_US);
	assert_true(owners_step(&owners, OWNERS_WAIT_US, &said));
	assert_int_equal(said.err, ERR_BUSY);
	close(fd);
}

static int tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(a_socket_s_process_is_found, begin, end),
		cmocka_unit_test_setup_teardown(another_user_s_process_is_found_second, begin, end),
		cmocka_unit_test_setup_teardown(what_is_gone_has_no_owner, begin, end),
		cmocka_unit_test_setup_teardown(a_process_that_ended_is_not_named, begin, end),
		cmocka_unit_test_setup_teardown(all_questions_are_answered_by_one_walk, begin, end),
		cmocka_unit_test_setup_teardown(looks_are_limited_and_a_question_is_answered_all_the_same, begin, end),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	apart_run(tests);
}
