/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that behave, hang, flood, eat memory and leave something behind, each in a process that runs it. */
#include "agent/actor/starter/starter_job.h"

#include "agent/base/require.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY (512u << 20)

/* Begins a script in a process of its own; *ours is caltropd's end of its socket, the result comes over *results. */
static pid_t begin(const char *script, struct starter_program p, int *ours, int *results)
{
	char *const arguments[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t)script, NULL};
	struct starter_result result = {0};
	int pair[2], out[2];
	pid_t pid;

	if (!machine_reaps())
		skip();
	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0 && pipe2(out, O_CLOEXEC) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		close(pair[0]);
		p.path = p.path ? p.path : "/bin/sh";
		p.arguments = arguments;
		starter_job(pair[1], &p, &result);
		_exit(write(out[1], &result, sizeof(result)) == (ssize_t)sizeof(result) ? 0 : 1);
	}
	close(pair[1]);
	close(out[1]);
	*ours = pair[0];
	*results = out[0];
	return pid;
}

static struct starter_result run(const char *script, struct starter_program p)
{
	struct starter_result result;
	int ours, results;
	pid_t pid = begin(script, p, &ours, &results);

	require(read(results, &result, sizeof(result)) == (ssize_t)sizeof(result));
	require(waitpid(pid, NULL, 0) == pid);
	close(ours);
	close(results);
	return result;
}

static void says(const struct starter_result *r, enum err err, const char *text)
{
	if (r->err != err || !strstr(r->text, text))
		print_message("said: %d %s\n", r->err, r->text);
	assert_int_equal(r->err, err);
	assert_non_null(strstr(r->text, text));
}

static const struct starter_program usual = {.time_s = 60, .memory = MEMORY, .output = 4096};

static void starter_says_how_a_program_ended_and_its_first_line(void **state)
{
	struct starter_result r = run("echo first; echo second", usual);

	(void)state;
	says(&r, ERR_OK, "ended with 0: first");
	assert_null(strstr(r.text, "second"));
	r = run("echo what is wrong >&2; exit 3", usual);
	says(&r, ERR_IO, "ended with 3: what is wrong");
	/* The starter ignores it, and what it runs does not. */
	(void)signal(SIGTERM, SIG_IGN);
	r = run("kill -TERM $$", usual);
	(void)signal(SIGTERM, SIG_DFL);
	says(&r, ERR_IO, "was ended by signal 15");
	r = run("printf 'a\\033[31mb\\n'", usual);
	assert_null(strchr(r.text, '\033'));
}

static void starter_says_that_a_program_cannot_be_executed(void **state)
{
	struct starter_program none = usual;
	struct starter_result r;

	(void)state;
	none.path = "/nonexistent/program";
	r = run("", none);
	says(&r, ERR_IO, "ended with 127: No such file");
}

static void starter_gives_a_program_nothing_of_its_own(void **state)
{
	struct starter_result r;

	(void)state;
	require(setenv("LD_PRELOAD_OF_A_TEST", "secret", 1) == 0);
	r = run("env | grep -c secret; cat", usual);
	says(&r, ERR_OK, "ended with 0: 0");
	require(dup2(STDOUT_FILENO, 77) == 77);
	r = run("[ -e /proc/$$/fd/77 ] || echo in $(pwd) with $PATH", usual);
	says(&r, ERR_OK, "in / with /usr/sbin:/usr/bin:/sbin:/bin");
}

static pid_t pid_in(const struct starter_result *r)
{
	const char *at = strstr(r->text, "pid ");

	require(at != NULL);
	return (pid_t)strtol(at + 4, NULL, 10);
}

static void starter_ends_what_hangs_with_all_that_it_started(void **state)
{
	struct starter_program brief = usual;
	struct starter_result r;

	(void)state;
	brief.time_s = 1;
	r = run("setsid sleep 600 & echo pid $!; sleep 600", brief);
	says(&r, ERR_TIMEOUT, "was ended after 1 s");
	assert_true(kill(pid_in(&r), 0) != 0 && errno == ESRCH);
}

static void starter_ends_what_a_program_leaves_behind(void **state)
{
	/* The second one is of another session, and its parent has ended. */
	struct starter_result r = run("(setsid sleep 600 & echo pid $!) ; sleep 600 & exit 0", usual);

	(void)state;
	says(&r, ERR_OK, "ended with 0");
	assert_true(kill(pid_in(&r), 0) != 0 && errno == ESRCH);
}

static void starter_ends_what_floods(void **state)
{
	struct starter_result r = run("yes", usual);

	(void)state;
	says(&r, ERR_TOO_LONG, "wrote more than 4096 bytes");
	r = run("head -c 4096 /dev/zero", usual);
	assert_int_equal(r.err, ERR_OK);
	r = run("head -c 4097 /dev/zero", usual);
	assert_int_equal(r.err, ERR_TOO_LONG);
}

static void starter_gives_a_program_no_more_memory_than_declared(void **state)
{
	static const char script[] = "x=$(head -c 100000000 /dev/zero | tr '\\0' a); echo ${#x}";
	struct starter_program small = usual;
	struct starter_result r = run(script, usual);

	(void)state;
	says(&r, ERR_OK, "100000000");
	small.memory = 32u << 20;
	r = run(script, small);
	assert_null(strstr(r.text, "100000000"));
	assert_int_not_equal(r.err, ERR_OK);
}

static void starter_lets_go_on_what_a_start_script_started(void **state)
{
	struct starter_program script = usual;
	struct starter_result r;
	char words[160], pid[16] = "",
			 path[] = "/tmp/caltrop_started.XX"
				  "XX"
				  "XX";
	int fd = mkstemp(path);

	(void)state;
	require(fd >= 0);
	script.service = true;
	snprintf(words, sizeof(words), "setsid sleep 600 & echo $! >%s; echo unheard; yes | head -c 9999", path);
	r = run(words, script);
	assert_string_equal(r.text, "ended with 0");
	require(read(fd, pid, sizeof(pid) - 1) > 1);
	assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), SIGKILL), 0);
	close(fd);
	(void)unlink(path);
	script.time_s = 1;
	r = run("sleep 600", script);
	says(&r, ERR_TIMEOUT, "was ended after 1 s");
}

static void starter_ends_a_program_when_caltropd_ends(void **state)
{
	struct starter_result r;
	int ours, results;
	pid_t pid = begin("setsid sleep 600 & echo pid $!; sleep 600", usual, &ours, &results);

	(void)state;
	close(ours);
	require(read(results, &r, sizeof(r)) == (ssize_t)sizeof(r));
	require(waitpid(pid, NULL, 0) == pid);
	close(results);
	assert_int_not_equal(r.err, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starter_says_how_a_program_ended_and_its_first_line),
		cmocka_unit_test(starter_says_that_a_program_cannot_be_executed),
		cmocka_unit_test(starter_gives_a_program_nothing_of_its_own),
		cmocka_unit_test(starter_ends_what_hangs_with_all_that_it_started),
		cmocka_unit_test(starter_ends_what_a_program_leaves_behind),
		cmocka_unit_test(starter_ends_what_floods),
		cmocka_unit_test(starter_gives_a_program_no_more_memory_than_declared),
		cmocka_unit_test(starter_lets_go_on_what_a_start_script_started),
		cmocka_unit_test(starter_ends_a_program_when_caltropd_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
