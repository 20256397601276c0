/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the hash that an order gives, or that root wants an account to have from the actor's own directory, where only
 * root can write: the core, which passes root's request on, knows none. Judges it either way.
 */
#include "agent/actor/verb/reset_given.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ASKED_MAX (VERB_ACCOUNT_MAX + PASSWORD_GIVEN_MAX)
#define LOGIN_DEFS_MAX 32768 /* bytes of it that are read */

/* Read what a file begins with. */
static enum err read_file(int fd, char *memory, size_t cap, struct str *out)
{
	size_t len = 0;
	ssize_t got;

	while (len < cap && (got = read(fd, memory + len, cap - len)) != 0) {
		if (got < 0 && errno != EINTR)
			return err_from_errno(errno);
		len += got > 0 ? (size_t)got : 0;
	}
	*out = (struct str){memory, len};
	return ERR_OK;
}

/* What the system's tools hash by; without the file, by what they like. */
static enum err read_login_defs(const struct account *account, char memory[LOGIN_DEFS_MAX], struct str *out)
{
	char path[SETTINGS_PATH_MAX + 16];
	enum err err;
	int fd;

	*out = STR_NONE;
	snprintf(path, sizeof(path), "%s/login.defs", account->etc);
	err = regular_follow(AT_FDCWD, path, O_RDONLY, &fd);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	err = read_file(fd, memory, LOGIN_DEFS_MAX, out);
	close(fd);
	return err;
}

static enum err judge(const struct account *account, struct str given, char hash[PASSWORD_GIVEN_MAX],
		      char why[PASSWORD_WHY_MAX])
{
	static char memory[LOGIN_DEFS_MAX];
	struct str login_defs;
	enum err err = read_login_defs(account, memory, &login_defs);

	if (err != ERR_OK) {
		snprintf(why, PASSWORD_WHY_MAX, "login.defs: %s", err_text(err));
		return err;
	}
	err = password_check(given, login_defs, why);
	if (err == ERR_OK)
		err = str_copy(given, hash, PASSWORD_GIVEN_MAX);
	if (err == ERR_OK && !password_is_known(hash)) {
		snprintf(why, PASSWORD_WHY_MAX, "crypt(3) of this device does not know hashes of its kind");
		err = ERR_INVALID;
	}
	return err;
}

static enum err read_asked(const struct actor *a, char memory[ASKED_MAX], struct str *out)
{
	int fd;
	enum err err = regular_open(a->state_dir, PASSWORD_FILE_ASKED, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	err = read_file(fd, memory, ASKED_MAX, out);
	close(fd);
	return err;
}

enum err reset_given_read(struct actor *a, struct action *action, const struct account *account,
			  char hash[PASSWORD_GIVEN_MAX])
{
	char memory[ASKED_MAX], why[PASSWORD_WHY_MAX] = "root has given none (caltrop local credential set)";
	struct str given = STR_NONE, name;
	bool local = action->receipt.origin == ORIGIN_LOCAL;
	enum err err = local ? read_asked(a, memory, &given) : ERR_OK;

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		snprintf(why, sizeof(why), "it cannot be read: %s", err_text(err));
	name = local ? str_cut(&given, ':') : str_from(action->receipt.args.account);
	if (!local)
		given = str_from(action->receipt.args.hash);
	if (err == ERR_OK && !str_equal(name, str_from(action->receipt.args.account)))
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = judge(account, given, hash, why);
	if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "%s", why);
	if (err == ERR_INVALID && !local)
		action->receipt.result = RECEIPT_REFUSED;
	key_wipe(memory, sizeof(memory));
	return err;
}

void reset_given_forget(const struct actor *a)
{
	(void)!unlinkat(a->state_dir, PASSWORD_FILE_ASKED, 0);
}
