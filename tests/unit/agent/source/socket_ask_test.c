/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/socket_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct socket_ask ask;
static struct actor_owner question;
static char out[SOCKET_SAMPLE_MAX];
static struct socket_sample *const sample = (struct socket_sample *)out;

static int begin(void **unused)
{
	(void)unused;
	socket_ask_init(&ask);
	memset(&question, 0, sizeof(question));
	return 0;
}

static struct socket_sample listens(uint64_t cookie)
{
	return (struct socket_sample){.kind = SOCKET_SAMPLE_LISTENS, .cookie = cookie, .look = 2, .uid = 33};
}

static bool put(struct socket_sample h, bool given)
{
	const struct socket_ask_row row = {0, SOCKET_ASK_WAIT_US, given, h};

	return socket_ask_put(&ask, &row, &question);
}

static struct actor_owner_answer answer(enum err err)
{
	struct actor_owner_answer a = {.err = (uint8_t)err, .pid = 77, .exe_len = 9, .name = "nginx"};

	a.header.request_id = question.header.request_id;
	memcpy(a.exe, "/bin/nginx", 10);
	return a;
}

static void an_answer_completes_the_sample_that_waits(void **unused)
{
	struct actor_owner_answer a;

	(void)unused;
	assert_true(put(listens(5), false));
	assert_true(socket_ask_did(&ask, 5));
	assert_true(socket_ask_holds(&ask, 5, 3));
	a = answer(ERR_OK);
	assert_int_equal(socket_ask_answer(&ask, &a, out), sizeof(*sample) + 9);
	assert_int_equal(sample->pid, 77);
	assert_int_equal(sample->look, 3);
	assert_string_equal(sample->name, "nginx");
	assert_memory_equal(out + sizeof(*sample), "/bin/ngin", 9);
	assert_int_equal(ask.found, 1);
	/* Once is enough, and nobody else's answer. */
	assert_int_equal(socket_ask_answer(&ask, &a, out), 0);
	assert_false(socket_ask_holds(&ask, 5, 4));
	assert_true(socket_ask_did(&ask, 5));
}

static void without_an_owner_a_sample_is_given_as_it_was(void **unused)
{
	struct actor_owner_answer a;

	(void)unused;
	assert_true(put(listens(5), false));
	a = answer(ERR_NOT_FOUND);
	assert_int_equal(socket_ask_answer(&ask, &a, out), sizeof(*sample));
	assert_int_equal(sample->pid, 0);
	assert_int_equal(ask.unknown, 1);
	assert_true(socket_ask_did(&ask, 5));
	/* The sensor has it, and nothing new is known. */
	assert_true(put(listens(6), true));
	a = answer(ERR_NOT_FOUND);
	assert_int_equal(socket_ask_answer(&ask, &a, out), 0);
}

static void what_there_was_no_time_for_may_be_asked_again(void **unused)
{
	struct actor_owner_answer a;

	(void)unused;
	assert_true(put(listens(5), false));
	a = answer(ERR_BUSY);
	assert_int_equal(socket_ask_answer(&ask, &a, out), sizeof(*sample));
	assert_int_equal(ask.unasked, 1);
	assert_false(socket_ask_did(&ask, 5));
}

static void a_lost_answer_frees_its_place(void **unused)
{
	struct socket_sample late;

	(void)unused;
	assert_true(put(listens(5), true));
	assert_true(put(listens(6), false));
	assert_false(socket_ask_late(&ask, SOCKET_ASK_WAIT_US - 1, &late));
	assert_true(socket_ask_late(&ask, SOCKET_ASK_WAIT_US, &late));
	assert_int_equal(late.cookie, 6);
	assert_false(socket_ask_late(&ask, SOCKET_ASK_WAIT_US, &late));
	assert_int_equal(ask.unasked, 2);
}

static void one_that_ends_while_it_waits_begins_first(void **unused)
{
	struct socket_sample waiting;
	struct actor_owner_answer a;

	(void)unused;
	assert_true(put(listens(5), false));
	a = answer(ERR_OK);
	assert_true(socket_ask_closed(&ask, 5, &waiting));
	assert_int_equal(waiting.kind, SOCKET_SAMPLE_LISTENS);
	assert_int_equal(socket_ask_answer(&ask, &a, out), 0);
	assert_true(put(listens(6), true));
	assert_false(socket_ask_closed(&ask, 6, &waiting));
	assert_false(socket_ask_closed(&ask, 7, &waiting));
}

static void more_than_may_wait_are_counted_and_not_asked(void **unused)
{
	(void)unused;
	for (unsigned i = 1; i <= SOCKET_ASK_MAX; i++)
		assert_true(put(listens(i), false));
	assert_false(put(listens(99), false));
	assert_false(socket_ask_did(&ask, 99));
	assert_int_equal(ask.unasked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_answer_completes_the_sample_that_waits, begin),
		cmocka_unit_test_setup(without_an_owner_a_sample_is_given_as_it_was, begin),
		cmocka_unit_test_setup(what_there_was_no_time_for_may_be_asked_again, begin),
		cmocka_unit_test_setup(a_lost_answer_frees_its_place, begin),
		cmocka_unit_test_setup(one_that_ends_while_it_waits_begins_first, begin),
		cmocka_unit_test_setup(more_than_may_wait_are_counted_and_not_asked, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
