/* SPDX-License-Identifier: Apache-2.0 */
/* New secrets for what the settings name, by programs of the system that the starter runs. Needs no root. */
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/files.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "correct-horse"
#define SEALED "what only the escrow key opens"
#define LINE (sizeof(SECRET)) /* bytes of it with the end of its line */

static const struct action_row *const rows[] = {&reset_row, NULL};
static union actor_message said;

static void declare(const char *name, const char *program, uint32_t output)
{
	struct settings_hook *h = &bare.actor.settings.credentials[bare.actor.settings.credential_count++];

	*h = (struct settings_hook){.time_s = 1, .memory = 64u << 20, .output = output};
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->program, sizeof(h->program), "%s", program);
}

static int set_up(void **state)
{
	struct actor *a = &bare.actor;
	struct worker_secret *secret = &a->secrets.ready[0];

	(void)state;
	bare_start(&bare);
	a->rows = rows;
	declare("web", "/bin/cat", LINE);
	declare("short", "/bin/cat", LINE - 1);
	declare("fail", "/bin/false", 0);
	declare("none", "/usr/bin/no-such-program", 0);
	memcpy(secret->secret, SECRET, sizeof(SECRET));
	memcpy(secret->sealed, SEALED, sizeof(SEALED));
	secret->sealed_len = sizeof(SEALED);
	a->secrets.count = 1;
	budget_init(&a->budgets[ACTION_RESETS], 10, HOUR_US, 0);
	return starter_start(&a->starter, &a->settings) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	if (bare.actor.starter.socket >= 0)
		close(bare.actor.starter.socket);
	require(waitpid(bare.actor.starter.pid, NULL, 0) == bare.actor.starter.pid);
	bare_end(&bare);
	return 0;
}

static const struct actor_receipt *reset(const char *name, enum verb_origin origin)
{
	struct act_request request = {.origin = origin, .order_id = {9}, .step = 1, .args = {.verb = VERB_RESET}};
	struct pollfd p = {bare.actor.starter.socket, POLLIN, 0};
	const struct actor_receipt *r;

	if (!machine_reaps())
		skip();
	snprintf(request.args.name, sizeof(request.args.name), "%s", name);
	act_begin(&bare.actor, &request);
	while (!(r = bare_receipt(&bare, &said))) {
		require(poll(&p, 1, 30000) == 1);
		(void)!starter_read(&bare.actor.starter);
		act_hurry(&bare.actor);
		act_continue(&bare.actor, clock_mono_us());
	}
	return r;
}

static void says(const struct actor_receipt *r, uint8_t result, enum err err, const char *text)
{
	if (!strstr(r->text, text))
		fail_msg("\"%s\" does not say \"%s\"", r->text, text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->err, err);
	assert_null(strstr(r->text, SECRET));
}

static void holds_the_sealed_secret(const struct actor_receipt *r, bool it_does)
{
	assert_int_equal(r->sealed_len, it_does ? sizeof(SEALED) : 0);
	assert_int_equal(memcmp(r->sealed, SEALED, sizeof(SEALED)) == 0, it_does);
}

/* It writes all that it gets, which is exactly one line more than it may where it is "short". */
static void program_gets_the_secret_as_a_line_and_nobody_is_shown_what_it_writes(void **state)
{
	const struct actor_receipt *r = reset("web", ORIGIN_ORDER);

	(void)state;
	says(r, RECEIPT_DONE, ERR_OK, "credential web: new secret, sealed to the escrow key");
	assert_true(r->verified && r->journaled_us > 0);
	holds_the_sealed_secret(r, true);
	assert_false(files_has(bare.dir, "actor/journal", SECRET));
}

static void failed_program_may_have_set_it_and_the_receipt_has_it(void **state)
{
	const struct actor_receipt *r = reset("short", ORIGIN_ORDER);

	(void)state;
	says(r, RECEIPT_FAILED, ERR_TOO_LONG, "it wrote more than 13 bytes; the new secret may be set");
	assert_false(r->verified);
	holds_the_sealed_secret(r, true);
}

static void status_of_a_program_is_told(void **state)
{
	(void)state;
	says(reset("fail", ORIGIN_PLAYBOOK), RECEIPT_FAILED, ERR_IO,
	     "could not reset fail: its program ended with 1; the new secret may be set");
}

static void program_that_was_not_begun_set_nothing(void **state)
{
	const struct actor_receipt *r = reset("none", ORIGIN_ORDER);

	(void)state;
	says(r, RECEIPT_FAILED, ERR_NOT_FOUND, "its program is not run: ");
	assert_null(strstr(r->text, "may be set"));
	holds_the_sealed_secret(r, false);
}

/* Before the program begins, so that whoever ends then takes it along nowhere. */
static void sealed_secret_is_in_the_journal(void **state)
{
	(void)state;
	(void)reset("fail", ORIGIN_ORDER);
	assert_true(files_has(bare.dir, "actor/journal", SEALED));
}

static void without_an_escrow_key_only_root_reads_it(void **state)
{
	const struct actor_receipt *r;
	char path[128];
	const char *at;

	(void)state;
	bare.actor.secrets.ready[0].sealed_len = 0;
	r = reset("web", ORIGIN_ORDER);
	says(r, RECEIPT_DONE, ERR_OK, "new secret in actor/secrets/credential:web-");
	at = strstr(r->text, "actor/");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, " "), at);
	assert_true(files_has(bare.dir, path, SECRET "\n"));
	assert_int_equal(r->sealed_len, 0);
}

static void what_is_not_declared_or_asked_for_by_others_is_refused(void **state)
{
	struct act_request request = {.origin = ORIGIN_ORDER,
				      .args = {.verb = VERB_RESET, .name = "web", .last_way = 1}};

	(void)state;
	says(reset("other", ORIGIN_ORDER), RECEIPT_REFUSED, ERR_PROTECTED, "declare no such credential");
	says(reset("web", ORIGIN_RULE), RECEIPT_REFUSED, ERR_PROTECTED, "only an order or a playbook");
	says(reset("web", ORIGIN_LOCAL), RECEIPT_REFUSED, ERR_PROTECTED, "only an order or a playbook");
	act_begin(&bare.actor, &request);
	says(bare_receipt(&bare, &said), RECEIPT_REFUSED, ERR_INVALID, "last_way is about accounts");
	assert_int_equal(bare.actor.secrets.count, 1);
}

static void end_of_who_runs_programs_is_no_silent_success(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	assert_int_equal(shutdown(bare.actor.starter.socket, SHUT_WR), 0);
	r = reset("web", ORIGIN_ORDER);
	assert_int_equal(r->result, RECEIPT_FAILED);
	assert_int_equal(r->err, ERR_CLOSED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(program_gets_the_secret_as_a_line_and_nobody_is_shown_what_it_writes),
		TEST(failed_program_may_have_set_it_and_the_receipt_has_it),
		TEST(status_of_a_program_is_told),
		TEST(program_that_was_not_begun_set_nothing),
		TEST(sealed_secret_is_in_the_journal),
		TEST(without_an_escrow_key_only_root_reads_it),
		TEST(what_is_not_declared_or_asked_for_by_others_is_refused),
		TEST(end_of_who_runs_programs_is_no_silent_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
