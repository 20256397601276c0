/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits for requests. Each gets a process of its own, which checks what is asked for against the settings, runs it and
 * answers; so one that hangs keeps no other one waiting. Nothing of a request reaches a shell, a path or the
 * environment: only values of declared types, as arguments.
 */
#include "agent/actor/starter/starter_serve.h"

#include "agent/actor/starter/starter_job.h"
#include "agent/actor/sys/service_boot.h"
#include "agent/actor/sys/service_call.h"
#include "agent/actor/sys/trail.h"
#include "agent/base/key.h"
#include "agent/common/settings_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VALUE_MAX 64 /* bytes of an argument as text */
#define REBOOT_S 60  /* for what asks the init for a reboot */
#define SCRIPT_S 30  /* for what stops or starts a service */

static enum err refuse(struct starter_result *out, enum err err, const char *why)
{
	out->err = (uint8_t)err;
	snprintf(out->text, sizeof(out->text), "is not run: %.*s", STARTER_TEXT_MAX - 14, why);
	return err;
}

/* Whoever can change the program, or what its name leads to, could have root run anything. */
static enum err check_program(const char *path, struct starter_result *out)
{
	struct trail t;
	mode_t mode;
	enum err err = trail_program(&t, path, &mode);

	if (err != ERR_OK)
		return refuse(out, err, err == ERR_DENIED && t.why[0] ? t.why : err_text(err));
	return mode & 0111 ? ERR_OK : refuse(out, ERR_DENIED, "it may not be executed");
}

/* What it is called with: as the settings declare it, so that the program need not look which argument is which. */
struct call {
	char values[SETTINGS_HOOK_ARGUMENTS_MAX][VALUE_MAX];
	char *arguments[SETTINGS_HOOK_ARGUMENTS_MAX + 2];
};

static bool fill_call(const struct settings_hook *h, const struct verb_args *args, struct call *out)
{
	memset(out, 0, sizeof(*out));
	out->arguments[0] = (char *)(uintptr_t)h->program;
	for (unsigned i = 0; i < h->argument_count; i++) {
		struct buf b = buf_over(out->values[i], VALUE_MAX - 1);

		verb_arg_put(&b, args, verb_param(h->arguments[i]));
		out->values[i][b.len] = '\0';
		out->arguments[i + 1] = out->values[i];
		if (b.len == 0 || buf_check(&b) != ERR_OK)
			return false;
	}
	return true;
}

/* Of a hook, or of a credential, whose program gets the secret. */
static enum err run_declared(const struct starter_serving *s, const struct settings_hook *h,
			     const struct starter_request *q, struct starter_result *out)
{
	bool is_reset = q->args.verb == VERB_RESET;
	struct call call;
	enum err err;

	if (!h)
		return refuse(out, ERR_NOT_FOUND,
			      is_reset ? "no credential of that name is declared" : "no hook of that name is declared");
	if (!fill_call(h, &q->args, &call))
		return refuse(out, ERR_INVALID, "a declared argument is missing");
	err = check_program(h->program, out);
	if (err == ERR_OK)
		starter_job(s->socket,
			    &(struct starter_program){.path = h->program,
						      .arguments = call.arguments,
						      .time_s = h->time_s,
						      .memory = h->memory,
						      .output = h->output,
						      .secret = is_reset ? q->secret : NULL},
			    out);
	return err;
}

/* "/etc/init.d/NAME stop" or what the service manager has instead, and nothing else of the order. */
static enum err call_service(const struct starter_serving *s, const struct verb_args *args, struct starter_result *out)
{
	struct starter_program program = {.time_s = SCRIPT_S, .service = true};
	struct service_boot boot;
	struct service_call call;
	char why[SERVICE_WHY_MAX];
	enum err err = service_boot_find(s->services, args->name, &boot, why);

	if (err != ERR_OK)
		return refuse(out, err, why);
	service_call_make(args->name, &boot, args->verb == VERB_START, &call);
	program.path = call.path;
	program.arguments = call.arguments;
	err = check_program(call.path, out);
	if (err == ERR_OK)
		starter_job(s->socket, &program, out);
	return err;
}

/* As an administrator would: it is the init's to end what runs and to unmount. */
static void call_reboot(const struct starter_serving *s, struct starter_result *out)
{
	static char name[] = "reboot";
	static const char path[] = "/sbin/reboot";
	char *const arguments[] = {name, NULL};
	const struct starter_program program = {
		.path = path, .arguments = arguments, .time_s = REBOOT_S, .service = true};

	if (check_program(path, out) == ERR_OK)
		starter_job(s->socket, &program, out);
}

static void send_result(int socket, const struct starter_result *result)
{
	(void)!send(socket, result, sizeof(*result), MSG_NOSIGNAL);
}

static bool has_secret(const struct starter_request *q)
{
	return q->secret[0] && memchr(q->secret, '\0', sizeof(q->secret)) && !strchr(q->secret, '\n');
}

static _Noreturn void answer(const struct starter_serving *s, const struct starter_request *q)
{
	struct starter_result result;

	memset(&result, 0, sizeof(result));
	result.ticket = q->ticket;
	if (!verb_args_valid(&q->args))
		(void)refuse(&result, ERR_INVALID, "its arguments make no sense");
	else if (q->args.verb == VERB_HOOK)
		(void)run_declared(s, settings_hook_find(s->settings, q->args.name), q, &result);
	else if (IS_ENABLED(CONFIG_RESET_PROGRAMS) && q->args.verb == VERB_RESET && has_secret(q))
		(void)run_declared(s, settings_hook_credential(s->settings, q->args.name), q, &result);
	else if (IS_ENABLED(CONFIG_ACTION_SERVICE) && (q->args.verb == VERB_STOP || q->args.verb == VERB_START))
		(void)call_service(s, &q->args, &result);
	else if (IS_ENABLED(CONFIG_ACTION_REBOOT) && q->args.verb == VERB_REBOOT)
		call_reboot(s, &result);
	else
		(void)refuse(&result, ERR_UNSUPPORTED, "the starter does not do that");
	send_result(s->socket, &result);
	_exit(0);
}

/* How many are under way is caltropd's to count; this is for one that does not. */
static void begin(struct starter_serving *s, const struct starter_request *q)
{
	struct starter_result result = {.ticket = q->ticket};
	pid_t pid = s->under_way < STARTER_JOBS_MAX ? fork() : -1;

	if (pid == 0)
		answer(s, q);
	if (pid > 0) {
		s->under_way++;
		return;
	}
	(void)refuse(&result, ERR_BUSY, "too many programs are under way");
	send_result(s->socket, &result);
}

static void wake(int number)
{
	(void)number;
}

/* Nothing of caltropd's but the socket and standard error. */
static int leave_descriptors(int socket)
{
	int kept = fcntl(socket, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (kept != STDERR_FILENO + 1)
		kept = dup3(socket, STDERR_FILENO + 1, O_CLOEXEC);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	starter_job_close_above(kept);
	return kept;
}

_Noreturn void starter_serve(struct starter_serving *s)
{
	const struct sigaction on_child = {.sa_handler = wake};
	struct starter_request q;
	ssize_t got;

	(void)setsid();
	(void)prctl(PR_SET_NAME, "caltrop-starter");
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	/* It ends when caltropd does. A service manager signals all processes of a service at once. */
	(void)signal(SIGTERM, SIG_IGN);
	s->socket = leave_descriptors(s->socket);
	/* Without SA_RESTART, so that who has ended is reaped at once. */
	(void)sigaction(SIGCHLD, &on_child, NULL);
	for (;;) {
		bool again;

		got = recv(s->socket, &q, sizeof(q), 0);
		again = got < 0 && errno == EINTR;
		/* Here and not before recv(): who ended in between would count as under way until another one ends. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			s->under_way--;
		if (got <= 0 && !again)
			_exit(0);
		if (got == (ssize_t)sizeof(q) && q.ticket != 0)
			begin(s, &q);
		key_wipe(q.secret, sizeof(q.secret));
	}
}
