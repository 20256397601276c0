/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a new password, hashes it, and has the guard put it in. */
#include "agent/cli/local_credential.h"

#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "agent/cli/local_wish.h"
#include "agent/cli/state_dir.h"
#include "agent/cli/typed.h"
#include "agent/common/password.h"
#include "agent/common/settings_files.h"
#include "proto/verb.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MIN 8   /* letters */
#define SECRET_MAX 128 /* with a NUL */

struct asked {
	const char *config, *account;
	char secret[SECRET_MAX], hash[PASSWORD_HASH_MAX];
	struct settings settings;
};

static int help(FILE *out, int code)
{
	fputs("usage: caltrop local credential set ACCOUNT [-c FILE]\n"
	      "Give an account of this device another password, as root: typed twice, or one line of standard input. "
	      "The "
	      "guard puts\nit in, keeps a record and sees that it is in force; the account's SSH keys and sessions "
	      "stay. "
	      "A finding of the\naudit about its old password closes by itself.\n\n"
	      "  -c, --config FILE  read the guard's configuration from FILE and FILE.d/*.conf\n"
	      "  -h, --help         print this text\n"
	      "examples:\n"
	      "  caltrop local credential set admin\n"
	      "  pwgen -s 20 1 | tee /dev/tty | caltrop local credential set admin\n",
	      out);
	return code;
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "caltrop: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

/* -1: go on, else the exit code. */
static int read_options(struct asked *a, int argc, char **argv)
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct verb_args args = {.verb = VERB_RESET};
	char why[VERB_WHY_MAX];

	for (int option; (option = getopt_long(argc, argv, "c:h", longs, NULL)) != -1;)
		switch (option) {
		case 'c': a->config = optarg; break;
		case 'h': return help(stdout, COMMAND_OK);
		default: return help(stderr, COMMAND_USAGE);
		}
	if (argc - optind != 1)
		return help(stderr, COMMAND_USAGE);
	a->account = argv[optind];
	if (verb_arg_set(&args, verb_param(VERB_ACCOUNT), str_from(a->account), why) == ERR_OK &&
	    verb_args_check(&args, why) == ERR_OK)
		return -1;
	fprintf(stderr, "caltrop: %s\n", why);
	return COMMAND_USAGE;
}

static bool read_line(char out[SECRET_MAX])
{
	bool good = fgets(out, SECRET_MAX, stdin) != NULL;

	if (good)
		out[strcspn(out, "\n")] = '\0';
	else
		(void)fail("standard input", "has no line");
	return good;
}

static bool type_twice(char out[SECRET_MAX])
{
	static const char instead[] = "write it to standard input";
	char again[SECRET_MAX];
	bool good = typed_secret("New password", instead, out, SECRET_MAX) &&
		    typed_secret("Once more", instead, again, SECRET_MAX);

	if (good && strcmp(out, again) != 0) {
		fputs("caltrop: the two passwords are not the same\n", stderr);
		good = false;
	}
	key_wipe(again, sizeof(again));
	return good;
}

/* What no audit is needed for to know that it is guessed. */
static int judge(const struct asked *a)
{
	size_t len = strlen(a->secret);

	if (len < SECRET_MIN)
		return fail("the password", "is shorter than 8 letters");
	if (len == SECRET_MAX - 1)
		return fail("the password", "is longer than 126 letters");
	if (strcmp(a->secret, a->account) == 0)
		return fail("the password", "is the account's name");
	return COMMAND_OK;
}

static int set(struct asked *a, int dir)
{
	char text[VERB_ACCOUNT_MAX + PASSWORD_HASH_MAX + 2], request[64];
	struct local_wish wish = {&a->settings, dir, PASSWORD_FILE_ASKED, request};
	enum err err = password_make(a->secret, a->hash);
	int len;

	if (err != ERR_OK)
		return fail("crypt(3)", err_text(err));
	len = snprintf(text, sizeof(text), "%s:%s", a->account, a->hash);
	snprintf(request, sizeof(request), "credential %s", a->account);
	return local_wish_ask(&wish, (struct str){text, (size_t)len});
}

int local_credential_set(int argc, char **argv)
{
	static struct asked a; /* large, and of this run */
	char message[SETTINGS_FILES_MESSAGE_MAX];
	int code = read_options(&a, argc, argv), dir;

	if (code >= 0)
		return code;
	if (settings_files_read(&a.settings, a.config, message) != ERR_OK) {
		fprintf(stderr, "caltrop: %s\n", message);
		return COMMAND_FAILED;
	}
	code = state_dir_open(&a.settings, "actor", &dir);
	if (code != COMMAND_OK)
		return code;
	code = COMMAND_FAILED;
	if (isatty(STDIN_FILENO) ? type_twice(a.secret) : read_line(a.secret))
		code = judge(&a);
	if (code == COMMAND_OK)
		code = set(&a, dir);
	key_wipe(a.secret, sizeof(a.secret));
	close(dir);
	return code;
}
