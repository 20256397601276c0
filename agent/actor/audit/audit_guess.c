/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides of the pipes. The process is a child of the one that audits, and ends with it. Never sees a file. */
#include "agent/actor/audit/audit_guess.h"

#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/common/crypt_compat.h"
#include "ports/linux/seccomp/guess.h"

#include <linux/capability.h>

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TRY_MAX_S 10
#define OWN_BYTES (64u << 20) /* of address space, for what the program has besides a hash's memory */

struct question {
	char hash[AUDIT_GUESS_HASH_MAX], password[AUDIT_GUESS_PASSWORD_MAX];
};

static struct {
	int to, from; /* -1: there is none */
	unsigned tries;
	int64_t until_us; /* since the first try */
} guesser = {.to = -1, .from = -1};

/* The number of one character of crypt(5)'s alphabet. 64: it is none of them. */
static unsigned digit(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (unsigned)(at - digits) : 64;
}

/* 128 N r bytes. Numbers that take more than one character are of hashes that no login has. */
static uint64_t scrypt_bytes(unsigned n_log2, uint64_t r)
{
	return n_log2 > 31 || r > UINT32_MAX ? UINT64_MAX : UINT64_C(128) * r << n_log2;
}

uint64_t audit_guess_bytes(struct str hash)
{
	uint64_t r = 0;

	if (str_take(&hash, STR("$gy$")) || str_take(&hash, STR("$y$"))) {
		/* The flavour, N - 1 and r - 1, each of one character up to 47 (yescrypt's encode64_uint32). */
		if (hash.len < 4 || digit(hash.data[1]) > 47 || digit(hash.data[2]) > 47)
			return UINT64_MAX;
		return scrypt_bytes(digit(hash.data[1]) + 1, digit(hash.data[2]) + 1);
	}
	if (!str_take(&hash, STR("$7$")))
		return 64u << 10;
	if (hash.len < 11 || digit(hash.data[0]) > 63)
		return UINT64_MAX;
	for (unsigned i = 0; i < 5; i++)
		r |= (uint64_t)digit(hash.data[1 + i]) << (6 * i);
	return scrypt_bytes(digit(hash.data[0]), r);
}

/* Whether the method that the hash names made this. A crypt that does not know "$x$" may take it for the salt of the
 * oldest method (musl), and then no password would ever be found. */
static bool is_same_method(const char *made, const char *hash)
{
	const char *end = hash[0] == '$' ? strchr(hash + 1, '$') : NULL;

	return hash[0] != '$' || (end && strncmp(made, hash, (size_t)(end + 1 - hash)) == 0);
}

enum audit_guess audit_guess_try(const char *hash, const char *password)
{
	static struct crypt_data data;
	enum audit_guess guess = AUDIT_GUESS_WRONG;
	const char *made;

	memset(&data, 0, sizeof(data));
	made = crypt_r(password, hash, &data);
	if (!made || made[0] == '*' || !is_same_method(made, hash))
		guess = AUDIT_GUESS_UNABLE;
	else if (strcmp(made, hash) == 0)
		guess = AUDIT_GUESS_RIGHT;
	key_wipe(&data, sizeof(data));
	return guess;
}

static bool limit(int what, rlim_t value)
{
	const struct rlimit both = {value, value};

	return setrlimit(what, &both) == 0;
}

static bool confine(void)
{
	static const struct call_policy policy = {
		.calls = seccomp_guess_calls,
		.call_count = sizeof(seccomp_guess_calls) / sizeof(seccomp_guess_calls[0]),
	};
	static struct call_filter filter;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2];

	memset(none, 0, sizeof(none));
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || !limit(RLIMIT_AS, OWN_BYTES + AUDIT_GUESS_BYTES_MAX) ||
	    !limit(RLIMIT_FSIZE, 0) || !limit(RLIMIT_CORE, 0) || syscall(SYS_capset, &header, none) != 0)
		return false;
	call_policy_filter(&policy, getpid(), &filter);
	return call_install(&filter, false) == ERR_OK;
}

static _Noreturn void serve(int from, int to)
{
	static struct question q;
	uint8_t answer;

	while (read(from, &q, sizeof(q)) == (ssize_t)sizeof(q)) {
		q.hash[sizeof(q.hash) - 1] = q.password[sizeof(q.password) - 1] = '\0';
		(void)alarm(TRY_MAX_S);
		answer = (uint8_t)audit_guess_try(q.hash, q.password);
		(void)alarm(0);
		key_wipe(&q, sizeof(q));
		if (write(to, &answer, 1) != 1)
			break;
	}
	_exit(0);
}

static void close_both(const int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

bool audit_guess_start(void)
{
	int there[2], back[2];
	pid_t pid;

	if (pipe(there) != 0)
		return false;
	if (pipe(back) != 0) {
		close_both(there);
		return false;
	}
	/* Nobody waits for it: the kernel removes it when it has ended. */
	(void)signal(SIGCHLD, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		for (int fd = STDIN_FILENO; fd < 16; fd++)
			if (fd != there[0] && fd != back[1])
				close(fd);
		if (confine())
			serve(there[0], back[1]);
		_exit(1);
	}
	close(there[0]);
	close(back[1]);
	guesser.to = there[1];
	guesser.from = back[0];
	if (pid < 0)
		audit_guess_end();
	return pid > 0;
}

/* Wait until the next try may be made. False: none may in this round. */
static bool may_try(void)
{
	const struct timespec pause = {.tv_nsec = 1000000000 / CONFIG_AUDIT_TRIES_PER_SECOND - 1};
	int64_t now_us = clock_mono_us();

	if (guesser.tries == 0)
		guesser.until_us = now_us + MINUTE_US;
	if (guesser.to < 0 || guesser.tries >= CONFIG_AUDIT_TRIES_MAX || now_us >= guesser.until_us)
		return false;
	if (guesser.tries++ > 0)
		(void)nanosleep(&pause, NULL);
	return true;
}

enum audit_guess audit_guess_ask(const char *hash, const char *password)
{
	struct question q;
	uint8_t answer = AUDIT_GUESS_GONE;

	memset(&q, 0, sizeof(q));
	if (str_copy(str_from(hash), q.hash, sizeof(q.hash)) != ERR_OK ||
	    str_copy(str_from(password), q.password, sizeof(q.password)) != ERR_OK)
		return AUDIT_GUESS_UNABLE;
	if (!may_try())
		return AUDIT_GUESS_LATER;
	if (write(guesser.to, &q, sizeof(q)) != (ssize_t)sizeof(q) || read(guesser.from, &answer, 1) != 1 ||
	    answer > AUDIT_GUESS_UNABLE) {
		answer = AUDIT_GUESS_GONE;
		audit_guess_end();
	}
	key_wipe(&q, sizeof(q));
	return (enum audit_guess)answer;
}

void audit_guess_end(void)
{
	uint8_t byte;

	if (guesser.to < 0)
		return;
	close(guesser.to);
	while (read(guesser.from, &byte, 1) > 0)
		;
	close(guesser.from);
	guesser.to = guesser.from = -1;
}
