/* SPDX-License-Identifier: Apache-2.0 */
/* Goes over a command line once, argument by argument. Pure; the time is linear in the text's length. */
#include "agent/event/mask.h"

#include "agent/base/buf.h"

#define MASK STR("***")

/* The program decides what its short options mean. */
enum program { PROGRAM_OTHER, PROGRAM_P_GLUED, PROGRAM_P, PROGRAM_U };

static enum program program_of(struct str argument)
{
	static const struct {
		const char *name;
		enum program program;
	} names[] = {
		{"mysql", PROGRAM_P_GLUED},	   {"mysqldump", PROGRAM_P_GLUED},
		{"mysqladmin", PROGRAM_P_GLUED},   {"mariadb", PROGRAM_P_GLUED},
		{"mariadb-dump", PROGRAM_P_GLUED}, {"sshpass", PROGRAM_P},
		{"redis-cli", PROGRAM_P},	   {"curl", PROGRAM_U},
		{"smbclient", PROGRAM_U},	   {"snmpwalk", PROGRAM_P},
		{"ipmitool", PROGRAM_P},	   {"mosquitto_pub", PROGRAM_P},
		{"mosquitto_sub", PROGRAM_P},
	};
	size_t slash;

	while ((slash = str_find_byte(argument, '/')) != SIZE_MAX)
		argument = str_sub(argument, slash + 1, argument.len);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(argument, str_from(names[i].name)))
			return names[i].program;
	return PROGRAM_OTHER;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool has_word(struct str s, struct str word)
{
	for (size_t at = 0; at + word.len <= s.len; at++) {
		size_t same = 0;

		while (same < word.len && lower(s.data[at + same]) == word.data[same])
			same++;
		if (same == word.len)
			return true;
	}
	return false;
}

/* Whether a name is one that people give to secrets. */
static bool is_secret_name(struct str name)
{
	static const struct str words[] = {
		STR("pass"),	      STR("pwd"),	 STR("secret"),	     STR("token"),
		STR("apikey"),	      STR("api-key"),	 STR("api_key"),     STR("credential"),
		STR("authorization"), STR("privatekey"), STR("private-key"), STR("private_key"),
		STR("bearer"),	      STR("access-key"), STR("access_key"),  STR("community"),
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (has_word(name, words[i]))
			return true;
	return false;
}

/* The place of the value behind "name=" or "name:"; SIZE_MAX: the argument has none, or its name is no secret's. */
static size_t secret_value(struct str argument)
{
	size_t equals = str_find_byte(argument, '='), colon = str_find_byte(argument, ':');
	size_t end = equals < colon ? equals : colon;

	if (end == SIZE_MAX || !is_secret_name(str_sub(argument, 0, end)))
		return SIZE_MAX;
	return end + 1;
}

/* "scheme://user:secret@host": the place and length of the secret. */
static bool url_secret(struct str argument, size_t *from, size_t *len)
{
	size_t scheme = str_find(argument, STR("://"));

	if (scheme == SIZE_MAX)
		return false;
	struct str rest = str_sub(argument, scheme + 3, argument.len);
	size_t slash = str_find_byte(rest, '/');
	size_t at = str_find_back(str_sub(rest, 0, slash), STR("@"));
	size_t colon = str_find_byte(str_sub(rest, 0, at), ':');

	if (at == SIZE_MAX || colon == SIZE_MAX)
		return false;
	*from = scheme + 3 + colon + 1;
	*len = at - colon - 1;
	return true;
}

struct masking {
	struct buf out;
	enum program program;
	bool next; /* the next argument is a secret */
	bool user; /* the next argument is USER:SECRET */
};

/* Append what fits. A cut shows nothing, since a secret's own bytes are never written. */
static void put(struct masking *m, struct str text)
{
	buf_put(&m->out, str_sub(text, 0, m->out.cap - m->out.len));
}

/* Append an argument of which the bytes from `from` on, `len` of them, are a secret. */
static void put_masked(struct masking *m, struct str argument, size_t from, size_t len)
{
	put(m, str_sub(argument, 0, from));
	if (len > 0)
		put(m, MASK);
	put(m, str_sub(argument, from + len, argument.len));
}

static void put_user(struct masking *m, struct str argument)
{
	size_t colon = str_find_byte(argument, ':');

	if (colon == SIZE_MAX)
		put(m, argument);
	else
		put_masked(m, argument, colon + 1, argument.len - colon - 1);
}

/* An option whose secret is in the same argument or in the next one, by the program's own rules. */
static bool put_short(struct masking *m, struct str argument)
{
	bool takes_p = m->program == PROGRAM_P_GLUED || m->program == PROGRAM_P;

	if (takes_p && str_starts(argument, STR("-p")) && argument.len > 2) {
		put_masked(m, argument, 2, argument.len - 2);
		return true;
	}
	if (m->program == PROGRAM_U &&
	    (str_equal(argument, STR("-u")) || str_equal(argument, STR("-U")) || str_equal(argument, STR("--user"))))
		m->user = true;
	if (m->program == PROGRAM_P &&
	    (str_equal(argument, STR("-p")) || str_equal(argument, STR("-P")) || str_equal(argument, STR("-a"))))
		m->next = true;
	return false;
}

static void put_argument(struct masking *m, struct str argument)
{
	bool masked = m->next, user = m->user;
	size_t from, len;

	m->next = m->user = false;
	if (masked && (str_equal(argument, STR("Bearer")) || str_equal(argument, STR("Basic")))) {
		m->next = true;
		put(m, argument);
	} else if (masked) {
		put_masked(m, argument, 0, argument.len);
	} else if (user) {
		put_user(m, argument);
	} else if (url_secret(argument, &from, &len)) {
		put_masked(m, argument, from, len);
	} else if ((from = secret_value(argument)) != SIZE_MAX) {
		m->next = from == argument.len;
		put_masked(m, argument, from, argument.len - from);
	} else if (!put_short(m, argument)) {
		m->next = m->next || (str_starts(argument, STR("-")) && is_secret_name(argument));
		put(m, argument);
	}
}

struct str mask_secrets(struct str text, char *out, size_t max)
{
	char separator = str_find_byte(text, '\0') == SIZE_MAX ? ' ' : '\0';
	struct masking m = {.out = buf_over(out, max)};

	for (bool first = true; !str_empty(text) && m.out.len < max; first = false) {
		struct str argument = str_cut(&text, separator);

		if (first)
			m.program = program_of(argument);
		else
			put(&m, STR(" "));
		put_argument(&m, argument);
	}
	return buf_str(&m.out);
}
