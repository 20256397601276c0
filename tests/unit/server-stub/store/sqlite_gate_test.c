/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/store/sqlite_gate.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define TURNS 100

static int inside, most, turns[2];
static pthread_barrier_t ready;

struct writer {
	struct sqlite_gate *gate;
	int number;
};

/* Until both have had their turns. A writer may be held up on its way to the gate, but not for so many of the other's.
 */
static void *greedy(void *arg)
{
	struct writer *w = arg;

	pthread_barrier_wait(&ready);
	while ((turns[0] < TURNS || turns[1] < TURNS) && turns[w->number] < 40 * TURNS) {
		if (sqlite_gate_enter(w->gate) != ERR_OK)
			return w;
		inside++;
		most = inside > most ? inside : most;
		turns[w->number]++;
		usleep(100);
		inside--;
		sqlite_gate_leave(w->gate);
	}
	return NULL;
}

static void writers_take_turns(void **state)
{
	struct sqlite_gate *gate = sqlite_gate_open("/a/path");
	struct writer w[2] = {{gate, 0}, {sqlite_gate_open("/a/path"), 1}};
	pthread_t thread[2];
	void *failed;

	(void)state;
	assert_ptr_equal(w[0].gate, w[1].gate);
	pthread_barrier_init(&ready, NULL, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, greedy, &w[i]), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(most, 1);
	/* Both wanted all of them; neither was left to starve. */
	assert_true(turns[0] >= TURNS && turns[1] >= TURNS);
	pthread_barrier_destroy(&ready);
	sqlite_gate_close(gate);
	sqlite_gate_close(gate);
}

static void paths_have_gates_of_their_own(void **state)
{
	struct sqlite_gate *a = sqlite_gate_open("/a"), *b = sqlite_gate_open("/b");

	(void)state;
	assert_ptr_not_equal(a, b);
	assert_int_equal(sqlite_gate_enter(a), ERR_OK);
	assert_int_equal(sqlite_gate_enter(b), ERR_OK);
	sqlite_gate_leave(b);
	sqlite_gate_leave(a);
	sqlite_gate_close(a);
	sqlite_gate_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writers_take_turns),
		cmocka_unit_test(paths_have_gates_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
