/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a hash by its letters (crypt(5)). Computes none. */
#include "agent/common/password.h"

#include <stdint.h>
#include <stdio.h>

#define ROUNDS_MIN 5000
#define ROUNDS_MAX 5000000
#define COST_MIN 8
#define COST_MAX 15
#define SALT_MAX 16 /* of SHA-512 */

/* Names of crypt(5) and of ENCRYPT_METHOD in login.defs(5), the weakest first. */
enum rank { SHA512 = 1, BCRYPT, YESCRYPT };

/* Letters in which salts and digests are written. */
static bool is_64(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

static bool all_64(struct str text, size_t least, size_t most)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_64(text.data[i]))
			return false;
	return text.len >= least && text.len <= most;
}

/* [rounds=N$]SALT$ and 86 letters. */
static const char *sha512(struct str rest)
{
	uint64_t rounds = ROUNDS_MIN;
	struct str salt;

	if (str_take(&rest, STR("rounds=")) && str_number(str_cut(&rest, '$'), UINT32_MAX, &rounds) != ERR_OK)
		return "is not whole";
	salt = str_cut(&rest, '$');
	if (!all_64(salt, 1, SALT_MAX) || !all_64(rest, 86, 86))
		return "is not whole";
	return rounds < ROUNDS_MIN   ? "has fewer than 5000 rounds"
	       : rounds > ROUNDS_MAX ? "has more than 5000000 rounds"
				     : NULL;
}

/* COST$ and 53 letters, salt and digest together. */
static const char *bcrypt(struct str rest)
{
	uint64_t cost;

	if (rest.len < 3 || rest.data[2] != '$' || str_number(str_cut(&rest, '$'), 31, &cost) != ERR_OK ||
	    !all_64(rest, 53, 53))
		return "is not whole";
	return cost < COST_MIN ? "has a cost below 8" : cost > COST_MAX ? "has a cost above 15" : NULL;
}

/* PARAMETERS$SALT$ and 43 letters: of libxcrypt's parameters those whose N is 2^10 to 2^14, with r = 32 (4 to 64 MiB).
 */
static const char *yescrypt(struct str rest)
{
	struct str parameters = str_cut(&rest, '$'), salt = str_cut(&rest, '$');

	if (!all_64(salt, 1, 86) || !all_64(rest, 43, 43))
		return "is not whole";
	if (parameters.len != 3 || parameters.data[0] != 'j' || parameters.data[2] != 'T' ||
	    str_find_byte(STR("789AB"), parameters.data[1]) == SIZE_MAX)
		return "takes another amount of memory than 4 to 64 MiB";
	return NULL;
}

static const struct method {
	const char *prefix;
	uint8_t rank;
	const char *(*judge)(struct str rest); /* what is wrong with what follows; NULL: nothing */
} methods[] = {
	{"$y$", YESCRYPT, yescrypt}, {"$gy$", YESCRYPT, yescrypt}, {"$2b$", BCRYPT, bcrypt},
	{"$2y$", BCRYPT, bcrypt},    {"$6$", SHA512, sha512},
};

/* The method that the system gives new passwords; weaker ones than ours do not count. */
static uint8_t least(struct str login_defs)
{
	uint8_t rank = SHA512;

	while (!str_empty(login_defs)) {
		struct str line = str_trim(str_cut(&login_defs, '\n'));

		if (!str_take(&line, STR("ENCRYPT_METHOD")) || str_trim(line).len == line.len)
			continue;
		line = str_trim(line);
		rank = str_equal(line, STR("YESCRYPT")) ? YESCRYPT : str_equal(line, STR("BCRYPT")) ? BCRYPT : SHA512;
	}
	return rank;
}

enum err password_check(struct str hash, struct str login_defs, char why[PASSWORD_WHY_MAX])
{
	const char *wrong = "is of none of the methods yescrypt, gost-yescrypt, bcrypt and SHA-512";

	for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct str rest = hash;

		if (!str_take(&rest, str_from(methods[i].prefix)))
			continue;
		wrong = hash.len >= PASSWORD_GIVEN_MAX ? "is longer than 127 letters" : methods[i].judge(rest);
		if (!wrong && methods[i].rank < least(login_defs))
			wrong = "is of a weaker method than ENCRYPT_METHOD of login.defs";
		break;
	}
	if (!wrong)
		return ERR_OK;
	snprintf(why, PASSWORD_WHY_MAX, "the hash %s", wrong);
	return ERR_INVALID;
}
