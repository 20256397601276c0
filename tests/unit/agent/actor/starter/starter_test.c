/* SPDX-License-Identifier: Apache-2.0 */
/* The starter as caltropd has it: what it may be asked for, several at a time, and its end with caltropd. */
#include "agent/actor/starter/starter.h"

#include "agent/base/require.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct settings settings;
static struct starter starter;
static char loose[] = "/tmp/caltrop_starter.XX"
		      "XX"
		      "XX";

static void declare(const char *name, const char *program, uint32_t time_s, unsigned argument_count)
{
	struct settings_hook *h = &settings.hooks[settings.hook_count++];

	*h = (struct settings_hook){.time_s = time_s, .memory = 64u << 20, .output = 4096};
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->program, sizeof(h->program), "%s", program);
	h->argument_count = argument_count;
	h->arguments[0] = VERB_ACCOUNT;
	h->arguments[1] = VERB_ADDR;
}

static void declare_credential(const char *name, uint32_t output)
{
	struct settings_hook *h = &settings.credentials[settings.credential_count++];

	*h = (struct settings_hook){.program = "/bin/cat", .time_s = 10, .memory = 64u << 20, .output = output};
	snprintf(h->name, sizeof(h->name), "%s", name);
}

static int set_up(void **state)
{
	int fd = mkstemp(loose);

	(void)state;
	require(fd >= 0 && write(fd, "#!/bin/sh\necho loose\n", 21) == 21 && fchmod(fd, 0755) == 0);
	close(fd);
	declare("say", "/bin/echo", 10, 2);
	declare("fail", "/bin/false", 10, 0);
	declare("wait", "/bin/sleep", 30, 1);
	declare("loose", loose, 10, 0);
	declare("none", "/usr/bin/no-such-program", 10, 0);
	declare("cat", "/bin/cat", 10, 0);
	declare_credential("fits", 7);
	declare_credential("short", 6);
	return starter_start(&starter, &settings) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(loose);
	return 0;
}

static struct verb_args hook(const char *name, const char *account)
{
	struct verb_args args = {.verb = VERB_HOOK};

	snprintf(args.name, sizeof(args.name), "%s", name);
	snprintf(args.account, sizeof(args.account), "%s", account);
	return args;
}

static struct starter_result wait_for(uint32_t ticket)
{
	struct pollfd p = {starter.socket, POLLIN, 0};
	struct starter_result result;

	while (starter_take(&starter, ticket, &result) == ERR_BUSY)
		require(poll(&p, 1, 60000) == 1 && starter_read(&starter) == ERR_OK);
	return result;
}

static struct starter_result run(const struct verb_args *args)
{
	uint32_t ticket = 0;

	if (!machine_reaps())
		skip();
	require(starter_submit(&starter, args, &ticket) == ERR_OK);
	return wait_for(ticket);
}

static void says(const struct starter_result *r, enum err err, const char *text)
{
	if (r->err != err || !strstr(r->text, text))
		print_message("said: %d %s\n", r->err, r->text);
	assert_int_equal(r->err, err);
	assert_non_null(strstr(r->text, text));
}

static void starter_runs_what_is_declared_with_the_arguments_in_their_order(void **state)
{
	struct verb_args args = hook("say", "alice");
	struct starter_result r;

	(void)state;
	assert_int_equal(addr_parse(STR("2001:db8::7"), &args.addr), ERR_OK);
	r = run(&args);
	says(&r, ERR_OK, "ended with 0: alice 2001:db8::7");
	args = hook("fail", "");
	r = run(&args);
	says(&r, ERR_IO, "ended with 1");
}

static void starter_runs_nothing_else(void **state)
{
	struct verb_args args = hook("other", "");
	struct starter_result r = run(&args);

	(void)state;
	says(&r, ERR_NOT_FOUND, "declared");
	/* One of a declared argument is missing. */
	args = hook("say", "alice");
	r = run(&args);
	says(&r, ERR_INVALID, "missing");
	/* As a captured caltropd may send it. */
	args = hook("say", "-n");
	r = run(&args);
	says(&r, ERR_INVALID, "no sense");
	args = (struct verb_args){.verb = VERB_STOP, .name = "no-such-service"};
	r = run(&args);
	assert_int_not_equal(r.err, ERR_OK);
	args = (struct verb_args){.verb = VERB_KILL, .pid = 7};
	r = run(&args);
	says(&r, ERR_UNSUPPORTED, "");
	/* A file in a directory where anybody may make another of its name. */
	args = hook("loose", "");
	r = run(&args);
	says(&r, ERR_DENIED, "");
	assert_null(strstr(r.text, "ended with"));
	args = hook("none", "");
	r = run(&args);
	says(&r, ERR_NOT_FOUND, "not found");
}

/* `cat` writes all that it is given. */
static void starter_gives_a_secret_to_a_credential_and_to_nothing_else(void **state)
{
	struct verb_args reset = {.verb = VERB_RESET, .name = "fits"}, args = hook("cat", "");
	struct starter_result r;
	uint32_t ticket = 0;

	(void)state;
	if (!machine_reaps())
		skip();
	require(starter_submit_secret(&starter, &reset, "secret", &ticket) == ERR_OK);
	r = wait_for(ticket);
	says(&r, ERR_OK, "ended with 0");
	assert_null(strstr(r.text, "secret"));
	memcpy(reset.name, "short", 6);
	require(starter_submit_secret(&starter, &reset, "secret", &ticket) == ERR_OK);
	r = wait_for(ticket);
	says(&r, ERR_TOO_LONG, "wrote more than 6 bytes");
	/* A hook has nothing to read, and a reset without a secret, or with two lines, is none. */
	require(starter_submit_secret(&starter, &args, "secret", &ticket) == ERR_OK);
	r = wait_for(ticket);
	assert_string_equal(r.text, "ended with 0");
	r = run(&reset);
	says(&r, ERR_UNSUPPORTED, "");
	require(starter_submit_secret(&starter, &reset, "se\ncret", &ticket) == ERR_OK);
	r = wait_for(ticket);
	says(&r, ERR_UNSUPPORTED, "");
	/* The name of a hook is none of a credential. */
	memcpy(reset.name, "fail", 5);
	require(starter_submit_secret(&starter, &reset, "secret", &ticket) == ERR_OK);
	r = wait_for(ticket);
	says(&r, ERR_NOT_FOUND, "no credential");
	assert_int_equal(r.begun, 0);
}

/* A service manager signals all processes of a service at once, and caltropd has things to end by programs yet. */
static void starter_serves_until_caltropd_ends(void **state)
{
	struct verb_args args = hook("fail", "");
	struct starter_result r;

	(void)state;
	assert_int_equal(kill(starter.pid, SIGTERM), 0);
	r = run(&args);
	says(&r, ERR_IO, "ended with 1");
}

static void starter_keeps_nobody_waiting_for_one_that_hangs(void **state)
{
	struct verb_args slow = hook("wait", "30"), quick = hook("fail", "");
	uint32_t tickets[STARTER_JOBS_MAX], one_more;
	struct starter_result r;

	(void)state;
	for (unsigned i = 0; i + 1 < STARTER_JOBS_MAX; i++)
		require(starter_submit(&starter, &slow, &tickets[i]) == ERR_OK);
	r = run(&quick);
	says(&r, ERR_IO, "ended with 1");
	assert_int_equal(starter_take(&starter, tickets[0], &r), ERR_BUSY);
	require(starter_submit(&starter, &slow, &tickets[STARTER_JOBS_MAX - 1]) == ERR_OK);
	assert_int_equal(starter_submit(&starter, &quick, &one_more), ERR_BUSY);
}

/* With those under way that hang; behind the test before. */
static void starter_ends_with_caltropd(void **state)
{
	int status = -1;

	(void)state;
	if (!machine_reaps())
		skip();
	assert_int_equal(shutdown(starter.socket, SHUT_RDWR), 0);
	assert_int_equal(waitpid(starter.pid, &status, 0), starter.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(starter_read(&starter), ERR_CLOSED);
	assert_int_equal(starter.socket, -1);
	for (unsigned i = 0; i < STARTER_JOBS_MAX; i++) {
		/* One may have come to its limit by now, and been told of. */
		bool told = starter.jobs[i].done;
		struct starter_result r;

		assert_int_equal(starter_take(&starter, starter.jobs[i].ticket, &r), told ? ERR_OK : ERR_CLOSED);
	}
	assert_int_equal(starter_submit(&starter, &(struct verb_args){.verb = VERB_HOOK}, &starter.ticket), ERR_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starter_runs_what_is_declared_with_the_arguments_in_their_order),
		cmocka_unit_test(starter_runs_nothing_else),
		cmocka_unit_test(starter_gives_a_secret_to_a_credential_and_to_nothing_else),
		cmocka_unit_test(starter_serves_until_caltropd_ends),
		cmocka_unit_test(starter_keeps_nobody_waiting_for_one_that_hangs),
		cmocka_unit_test(starter_ends_with_caltropd),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
